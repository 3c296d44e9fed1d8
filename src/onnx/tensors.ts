import { Tensor } from "onnxruntime-node";
import { ConnectorError } from "../errors.js";
import { halfBits, halfBuffer } from "./float16.js";

/** Buffers that caches and logits live in. float16 is kept as bit patterns; a runtime with `Float16Array` may hand out that instead. */
export type CacheArray = Float32Array | Uint16Array;

/** int64 tensor from ids that fit 32 bits: both halves are written directly, since `BigInt()` per element is slow. */
export function int64Tensor(values: ArrayLike<number>, dims: readonly number[]): Tensor {
  const halves = new Int32Array(values.length * 2);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    halves[2 * i] = value;
    halves[2 * i + 1] = value < 0 ? -1 : 0;
  }
  return new Tensor("int64", new BigInt64Array(halves.buffer), dims);
}

let ones = new BigInt64Array(0);

/** int64 or int32 tensor of ones: a mask that hides nothing. Those of int64 share their memory. */
export function onesTensor(type: string, dims: readonly [number, number]): Tensor {
  const size = dims[0] * dims[1];
  if (type === "int32") return new Tensor("int32", new Int32Array(size).fill(1), dims);
  if (ones.length < size) ones = new BigInt64Array(2 * size).fill(1n);
  return new Tensor("int64", ones.subarray(0, size), dims);
}

/** int64 or int32 tensor, as declared. */
export function integerTensor(type: string, values: ArrayLike<number>, dims: readonly number[]): Tensor {
  return type === "int32" ? new Tensor("int32", Int32Array.from(values), dims) : int64Tensor(values, dims);
}

/** @param flags 0 or 1 each. */
export function booleanTensor(flags: ArrayLike<number>, dims: readonly number[]): Tensor {
  return new Tensor("bool", Uint8Array.from(flags), dims);
}

/** int64, int32, float32 or float16 zeros. */
export function zerosTensor(type: string, dims: readonly number[]): Tensor {
  const zeros = new Float32Array(dims.reduce((product, dim) => product * dim, 1));
  return type.startsWith("int") ? integerTensor(type, zeros, dims) : fromFloat32(type, zeros, dims);
}

/** Zero-filled buffer for a cache of the given element type, shared with the runtime's thread, which reads it at every step. */
export function newCacheArray(type: string, size: number): CacheArray {
  if (type === "float32") return new Float32Array(new SharedArrayBuffer(4 * size));
  if (type === "float16") return new Uint16Array(new SharedArrayBuffer(2 * size));
  throw new ConnectorError(`a cache of type ${type} cannot be held: valid are float32 and float16`);
}

/** A tensor's buffer as numbers or float16 bit patterns (`Float16Array`, where it exists, is viewed as bits). */
export function cacheArray(tensor: Tensor): CacheArray {
  const data = tensor.data;
  if (data instanceof Float32Array || data instanceof Uint16Array) return data;
  if (tensor.type === "float16" && ArrayBuffer.isView(data)) return halfBits(data);
  throw new ConnectorError(`a tensor of type ${tensor.type} stands where float32 or float16 was declared`);
}

/** A float tensor on the CPU; float16 buffers are bit patterns. */
export function floatTensor(type: "float32" | "float16", data: CacheArray, dims: readonly number[]): Tensor {
  if (type === "float32") return new Tensor("float32", data as Float32Array, dims);
  return new Tensor("float16", halfBuffer(data as Uint16Array), dims);
}

/** Values of a float32 or float16 tensor as float32 (a view where no conversion is needed). */
export function toFloat32(tensor: Tensor): Float32Array {
  const data = cacheArray(tensor);
  return data instanceof Float32Array ? data : halvesToFloat32(data);
}

/** float32 values as a tensor of the declared type. @throws ConnectorError where it is neither float32 nor float16. */
export function fromFloat32(type: string, data: Float32Array, dims: readonly number[]): Tensor {
  if (type === "float32") return floatTensor("float32", data, dims);
  if (type === "float16") return floatTensor("float16", float32ToHalves(data), dims);
  throw new ConnectorError(`an input of type ${type} cannot be fed: valid are float32 and float16`);
}

/** float32 → IEEE 754 binary16 bit patterns, rounded to nearest, ties to even. */
export function float32ToHalves(values: Float32Array): Uint16Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return Uint16Array.from(words, (word, i) => {
    const sign = (word >>> 16) & 0x8000;
    const magnitude = word & 0x7fffffff;
    if (magnitude > 0x7f800000) return sign | 0x7e00;
    if (magnitude >= 0x477ff000) return sign | 0x7c00;
    // Below 2^-14 a step is 2^-24 wide.
    if (magnitude < 0x38800000) return sign | roundHalfEven(Math.abs(values[i] as number) * 2 ** 24);
    const rebased = magnitude - 0x38000000;
    return sign | ((rebased + 0xfff + ((rebased >>> 13) & 1)) >>> 13);
  });
}

function roundHalfEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}

/** IEEE 754 binary16 bit patterns → float32. */
export function halvesToFloat32(bits: Uint16Array): Float32Array {
  const table = halfTable();
  const out = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) out[i] = table[bits[i] as number] as number;
  return out;
}

let halves: Float32Array | undefined;

/** All 65,536 binary16 values: a look-up is several times faster than converting, and logits are many. */
function halfTable(): Float32Array {
  if (halves !== undefined) return halves;
  const table = new Float32Array(65536);
  for (let bits = 0; bits < 65536; bits++) {
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    const magnitude =
      exponent === 31
        ? fraction === 0
          ? Infinity
          : NaN
        : exponent === 0
          ? fraction * 2 ** -24
          : (1 + fraction / 1024) * 2 ** (exponent - 15);
    table[bits] = bits & 0x8000 ? -magnitude : magnitude;
  }
  halves = table;
  return table;
}
