import { ELEMENT_BYTES, type OnnxFile } from "./onnx_file.js";

const FLOAT32 = 1;
const FLOAT16 = 10;
const BFLOAT16 = 16;
const FOUR_BITS = [21, 22];

/**
 * Precision of the weights that a graph computes with, by the names that graph files go by: fp32, fp16, bf16, q4, q4f16, q8 ….
 * What a file is called need not tell. Weights that are only stored in halves, and cast before they are used, count as fp32.
 */
export function precisionOf({ nodes, initializers }: OnnxFile): string {
  const bytes = new Map<number, number>();
  const cast = new Set(nodes.flatMap(({ op, inputs }) => (op === "Cast" ? [inputs[0]] : [])));
  for (const { name, dims, elementType } of initializers.values()) {
    const size = dims.reduce((a, b) => a * b, 1) * (ELEMENT_BYTES[elementType] ?? 0);
    const type = cast.has(name) ? FLOAT32 : elementType;
    bytes.set(type, (bytes.get(type) ?? 0) + size);
  }
  const of = (type: number): number => bytes.get(type) ?? 0;
  const half = of(FLOAT16) > of(FLOAT32);
  const packed = nodes.filter(({ op }) => op === "MatMulNBits" || op === "GatherBlockQuantized");
  if (nodes.some(({ op }) => op === "MatMulBnb4")) return "bnb4";
  if (packed.length > 0) {
    const bits = packed.reduce((least, { integers }) => Math.min(least, integers.bits ?? 4), 8);
    return `q${bits}${half ? "f16" : ""}`;
  }
  if ([...initializers.values()].some(({ elementType }) => FOUR_BITS.includes(elementType))) return half ? "q4f16" : "q4";
  if (nodes.some(({ op }) => /^(MatMulInteger|DynamicQuantizeMatMul|QLinearMatMul|QGemm|ConvInteger|DequantizeLinear)/.test(op)))
    return "q8";
  if (of(BFLOAT16) > of(FLOAT32) + of(FLOAT16)) return "bf16";
  return half ? "fp16" : "fp32";
}
