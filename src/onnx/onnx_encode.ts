/** Writes what this package adds to ONNX graphs: field numbers are those of onnx.proto. */

/** ONNX element types. */
export const FLOAT = 1;
export const INT32 = 6;
export const INT64 = 7;
export const BOOL = 9;
export const FLOAT16 = 10;

/** A plain number is an INT. */
export type NewAttribute = number | readonly number[] | { readonly float: number } | { readonly graph: NewBranch };

/** The body of a branch, which sees all names of the graph around it. */
export interface NewBranch {
  readonly name: string;
  /** GraphProto.node each (`nodeField`). */
  readonly nodes: readonly Uint8Array[];
  readonly output: string;
}

export interface NewNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, NewAttribute>>;
  /** @default "", the standard operators */
  readonly domain?: string;
}

export interface NewWeight {
  readonly name: string;
  readonly type: number;
  readonly dims: readonly number[];
  /** Little-endian. */
  readonly data: Uint8Array;
}

/** Weights of whole numbers that fit 53 bits, one axis. */
export function integerWeight(name: string, values: readonly number[]): NewWeight {
  return { name, type: INT64, dims: [values.length], data: new Uint8Array(BigInt64Array.from(values, BigInt).buffer) };
}

export interface NewValue {
  readonly name: string;
  /** null: the runtime infers type and shape. */
  readonly type: number | null;
  readonly dims: readonly (number | string)[];
}

export interface NewGraph {
  readonly nodes?: readonly NewNode[];
  readonly weights?: readonly NewWeight[];
  readonly inputs?: readonly NewValue[];
  readonly outputs?: readonly NewValue[];
}

/** Fields of a GraphProto. */
export function encodeGraph({ nodes = [], weights = [], inputs = [], outputs = [] }: NewGraph): Uint8Array {
  return Buffer.concat([
    ...nodes.map(nodeField),
    ...weights.map(encodeWeight),
    ...inputs.map((value) => message(11, encodeValue(value))),
    ...outputs.map((value) => message(12, encodeValue(value))),
  ]);
}

/** A whole model of IR 8, for graphs of our own. */
export function encodeModel(graph: NewGraph, opsets: Readonly<Record<string, number>>): Uint8Array {
  const imports = Object.entries(opsets).map(([domain, version]) => message(8, Buffer.concat([text(1, domain), integer(2, version)])));
  return Buffer.concat([integer(1, 8), message(7, Buffer.concat([encodeGraph(graph), text(2, "g")])), ...imports]);
}

/** GraphProto.node. */
export function nodeField({ op, inputs, outputs, attributes = {}, domain = "" }: NewNode): Uint8Array {
  const parts = [...inputs.map((name) => text(1, name)), ...outputs.map((name) => text(2, name)), text(4, op), text(7, domain)];
  for (const [name, value] of Object.entries(attributes)) parts.push(message(5, encodeAttribute(name, value)));
  return message(1, Buffer.concat(parts));
}

/** AttributeProto: f = 2, i = 3, g = 6, ints = 8, type = 20 (FLOAT 1, INT 2, GRAPH 5, INTS 7). GraphProto: name = 2, output = 12. */
function encodeAttribute(name: string, value: NewAttribute): Uint8Array {
  if (typeof value === "number") return Buffer.concat([text(1, name), integer(3, value), integer(20, 2)]);
  if ("graph" in value) {
    const { nodes, name: called, output } = value.graph;
    const graph = Buffer.concat([...nodes, text(2, called), message(12, text(1, output))]);
    return Buffer.concat([text(1, name), message(6, graph), integer(20, 5)]);
  }
  if (!("float" in value)) return Buffer.concat([text(1, name), ...value.map((item) => integer(8, item)), integer(20, 7)]);
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value.float);
  return Buffer.concat([text(1, name), varint(2 * 8 + 5), bytes, integer(20, 1)]);
}

/** GraphProto.initializer: dims = 1, data_type = 2, name = 8, raw_data = 9. */
function encodeWeight({ name, type, dims, data }: NewWeight): Uint8Array {
  return message(5, Buffer.concat([...dims.map((dim) => integer(1, dim)), integer(2, type), text(8, name), message(9, data)]));
}

/** ValueInfoProto: name = 1, type = 2. */
function encodeValue({ name, type, dims }: NewValue): Uint8Array {
  if (type === null) return text(1, name);
  const shape = dims.map((dim) => message(1, typeof dim === "number" ? integer(1, dim) : text(2, dim)));
  return Buffer.concat([text(1, name), message(2, message(1, Buffer.concat([integer(1, type), message(2, Buffer.concat(shape))])))]);
}

/** A length-delimited field. */
export function message(field: number, bytes: Uint8Array): Uint8Array {
  return Buffer.concat([varint(field * 8 + 2), varint(bytes.length), bytes]);
}

export function varint(value: number): Uint8Array {
  // Nearly all are tags and lengths of names.
  if (value >= 0 && value < 128) return Uint8Array.of(value);
  const bytes: number[] = [];
  let left = BigInt.asUintN(64, BigInt(value));
  for (; left > 127n; left >>= 7n) bytes.push(Number(left & 127n) | 128);
  bytes.push(Number(left));
  return Uint8Array.from(bytes);
}

export const integer = (field: number, value: number): Uint8Array => Buffer.concat([varint(field * 8), varint(value)]);
export const text = (field: number, value: string): Uint8Array => message(field, Buffer.from(value, "utf8"));
