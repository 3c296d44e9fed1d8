/** Writes ONNX files: just enough of protobuf and onnx.proto for tests and benchmarks to make their own small graphs. */

export const FLOAT = 1;
export const UINT8 = 2;
export const INT32 = 6;
export const INT64 = 7;
export const BOOL = 9;
export const FLOAT16 = 10;

export type Dim = number | string;

export interface ValueInfo {
  readonly name: string;
  readonly type: number;
  readonly dims: readonly Dim[];
}

export interface Weight {
  readonly name: string;
  readonly type: number;
  readonly dims: readonly number[];
  readonly data: Uint8Array;
  /** Kept in a file beside the graph. */
  readonly external?: { readonly location: string; readonly offset: number };
}

export interface Node {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, number | readonly number[] | { readonly float: number }>>;
  readonly domain?: string;
}

export interface Graph {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly nodes: readonly Node[];
  readonly weights: readonly Weight[];
}

/** ModelProto: IR 8, opset 17 and com.microsoft 1. */
export function encodeModel(graph: Graph): Buffer {
  const opset = (domain: string, version: number): Buffer => message(8, [string(1, domain), int(2, version)]);
  return Buffer.concat([int(1, 8), message(7, [encodeGraph(graph)]), opset("", 17), opset("com.microsoft", 1)]);
}

function encodeGraph({ nodes, weights, inputs, outputs }: Graph): Buffer {
  return Buffer.concat([
    ...nodes.map((node) => message(1, [encodeNode(node)])),
    string(2, "g"),
    ...weights.map((weight) => message(5, [encodeWeight(weight)])),
    ...inputs.map((value) => message(11, [encodeValue(value)])),
    ...outputs.map((value) => message(12, [encodeValue(value)])),
  ]);
}

function encodeNode({ op, inputs, outputs, attributes = {}, domain = "" }: Node): Buffer {
  const parts = [...inputs.map((name) => string(1, name)), ...outputs.map((name) => string(2, name)), string(4, op)];
  for (const [name, value] of Object.entries(attributes)) parts.push(message(5, [encodeAttribute(name, value)]));
  return Buffer.concat([...parts, string(7, domain)]);
}

/** AttributeProto: f = 2, i = 3, ints = 8, type = 20 (FLOAT 1, INT 2, INTS 7). */
function encodeAttribute(name: string, value: number | readonly number[] | { readonly float: number }): Buffer {
  if (typeof value === "number") return Buffer.concat([string(1, name), int(3, value), int(20, 2)]);
  if ("float" in value) {
    const bytes = Buffer.alloc(4);
    bytes.writeFloatLE(value.float);
    return Buffer.concat([string(1, name), tag(2, 5), bytes, int(20, 1)]);
  }
  return Buffer.concat([string(1, name), ...value.map((item) => int(8, item)), int(20, 7)]);
}

function encodeWeight({ name, type, dims, data, external }: Weight): Buffer {
  const head = [...dims.map((dim) => int(1, dim)), int(2, type), string(8, name)];
  if (external === undefined) return Buffer.concat([...head, bytes(9, data)]);
  const entry = (key: string, value: string): Buffer => message(13, [string(1, key), string(2, value)]);
  const place = [entry("location", external.location), entry("offset", String(external.offset)), entry("length", String(data.byteLength))];
  return Buffer.concat([...head, ...place, int(14, 1)]);
}

function encodeValue({ name, type, dims }: ValueInfo): Buffer {
  const shape = dims.map((dim) => message(1, [typeof dim === "number" ? int(1, dim) : string(2, dim)]));
  return Buffer.concat([string(1, name), message(2, [message(1, [int(1, type), message(2, shape)])])]);
}

function varint(value: number): Buffer {
  let rest = BigInt.asUintN(64, BigInt(value));
  const out: number[] = [];
  do {
    out.push(Number(rest & 127n) | (rest > 127n ? 128 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return Buffer.from(out);
}

const tag = (field: number, wire: number): Buffer => varint(field * 8 + wire);
const int = (field: number, value: number): Buffer => Buffer.concat([tag(field, 0), varint(value)]);
const bytes = (field: number, data: Uint8Array): Buffer => Buffer.concat([tag(field, 2), varint(data.byteLength), data]);
const string = (field: number, text: string): Buffer => bytes(field, Buffer.from(text, "utf8"));
const message = (field: number, parts: readonly Buffer[]): Buffer => bytes(field, Buffer.concat(parts));
