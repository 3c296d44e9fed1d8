import { closeSync, fstatSync, openSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { ConnectorError } from "../errors.js";
import { type Field, ProtobufFile } from "./protobuf_file.js";

/** Element types by their ONNX numbers; others are not read. */
export const ELEMENT_BYTES: Readonly<Record<number, number>> = { 1: 4, 2: 1, 3: 1, 10: 2, 16: 2 };

/** A weight: its shape, and where its bytes stand. */
export interface Initializer {
  readonly name: string;
  readonly dims: readonly number[];
  /** ONNX element type: 1 float32, 2 uint8, 3 int8, 10 float16, 16 bfloat16 … */
  readonly elementType: number;
  /** null where the values are spelled as numbers in the graph rather than as raw bytes. */
  readonly bytes: { readonly path: string; readonly offset: number; readonly length: number } | null;
}

export interface GraphNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Attributes that are one whole number. */
  readonly integers: Readonly<Record<string, number>>;
}

/** An input as the graph declares it: dims are numbers, or names of what is open. */
export interface GraphInput {
  readonly name: string;
  readonly elementType: number;
  readonly dims: readonly (number | string)[];
}

/** What an ONNX file says of itself, weights left on disk. */
export interface OnnxFile {
  readonly path: string;
  /** Version of the standard operators; 0 where the file does not say. */
  readonly opset: number;
  readonly inputs: readonly GraphInput[];
  readonly nodes: readonly GraphNode[];
  readonly initializers: ReadonlyMap<string, Initializer>;
  /** Files that hold weights beside the graph, absolute. */
  readonly externalFiles: readonly string[];
}

/** @throws ConnectorError where the file is missing or no ONNX file. */
export function readOnnxFile(path: string): OnnxFile {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, "r");
    return readGraph(new ProtobufFile(descriptor, fstatSync(descriptor).size), path);
  } catch (cause) {
    if (cause instanceof ConnectorError) throw cause;
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new ConnectorError(`model file ${path} cannot be read: it is missing, truncated, damaged or no ONNX file (${detail})`, { cause });
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** @throws ConnectorError that names the first file of weights that is missing, or shorter than the graph says. */
export function checkDataFiles(onnx: OnnxFile): void {
  const needed = new Map<string, number>();
  for (const { bytes } of onnx.initializers.values()) {
    if (bytes !== null) needed.set(bytes.path, Math.max(needed.get(bytes.path) ?? 0, bytes.offset + bytes.length));
  }
  for (const file of onnx.externalFiles) {
    const size = statSync(file, { throwIfNoEntry: false })?.size;
    const end = needed.get(file) as number;
    if (size === undefined) throw new ConnectorError(`model file ${onnx.path} cannot be loaded: its data file ${file} is missing`);
    if (size < end)
      throw new ConnectorError(`model file ${onnx.path} cannot be loaded: its data file ${file} is cut off, ${size} of ${end} bytes`);
  }
}

/** Field numbers are those of onnx.proto: ModelProto.graph = 7 and .opset_import = 8, GraphProto.node = 1, .initializer = 5 and .input = 11. */
function readGraph(file: ProtobufFile, path: string): OnnxFile {
  const nodes: GraphNode[] = [];
  const inputs: GraphInput[] = [];
  let opset = 0;
  const initializers = new Map<string, Initializer>();
  let graphs = 0;
  for (const field of file.fields(0, file.size)) {
    if (field.number === 8) opset = Math.max(opset, standardOpset(file, field));
    if (field.number !== 7) continue;
    graphs += 1;
    for (const part of file.fields(field.start, field.end)) {
      if (part.number === 1) nodes.push(readNode(file, part));
      if (part.number === 5) {
        const weight = readInitializer(file, part, path);
        initializers.set(weight.name, weight);
      }
      if (part.number === 11) inputs.push(readInput(file, part));
    }
  }
  if (graphs === 0) throw new RangeError("it has no graph");
  const files = [...initializers.values()].flatMap((weight) => (weight.bytes === null ? [] : [weight.bytes.path]));
  return { path, opset, inputs, nodes, initializers, externalFiles: [...new Set(files)].filter((other) => other !== path).sort() };
}

function readNode(file: ProtobufFile, node: Field): GraphNode {
  const inputs: string[] = [];
  const outputs: string[] = [];
  const integers: Record<string, number> = {};
  let op = "";
  for (const field of file.fields(node.start, node.end)) {
    if (field.number === 1) inputs.push(file.text(field));
    if (field.number === 2) outputs.push(file.text(field));
    if (field.number === 4) op = file.text(field);
    if (field.number === 5) readInteger(file, field, integers);
  }
  return { op, inputs, outputs, integers };
}

/** AttributeProto: name = 1, i = 3; others may hold whole tensors and are passed over. */
function readInteger(file: ProtobufFile, attribute: Field, into: Record<string, number>): void {
  let name = "";
  for (const field of file.fields(attribute.start, attribute.end)) {
    if (field.number === 1) name = file.text(field);
    if (field.number === 3) into[name] = field.value;
  }
}

/** OperatorSetIdProto: domain = 1, version = 2. */
function standardOpset(file: ProtobufFile, opset: Field): number {
  const fields = [...file.fields(opset.start, opset.end)];
  const domain = fields.find(({ number }) => number === 1);
  const standard = domain === undefined || ["", "ai.onnx"].includes(file.text(domain));
  return standard ? (fields.find(({ number }) => number === 2)?.value ?? 0) : 0;
}

/** ValueInfoProto: name = 1, type = 2; TypeProto.tensor_type = 1: elem_type = 1, shape = 2; TensorShapeProto.dim = 1: dim_value = 1, dim_param = 2. */
function readInput(file: ProtobufFile, input: Field): GraphInput {
  const inside = (field: Field | undefined, number: number): readonly Field[] =>
    field === undefined ? [] : [...file.fields(field.start, field.end)].filter((part) => part.number === number);
  const [name] = inside(input, 1);
  const [tensor] = inside(inside(input, 2)[0], 1);
  const dims = inside(inside(tensor, 2)[0], 1).map((dim) => {
    const [value, text] = [inside(dim, 1)[0], inside(dim, 2)[0]];
    return value?.value ?? (text === undefined ? "?" : file.text(text));
  });
  return { name: name === undefined ? "" : file.text(name), elementType: inside(tensor, 1)[0]?.value ?? 0, dims };
}

/** TensorProto: dims = 1, data_type = 2, name = 8, raw_data = 9, external_data = 13. */
function readInitializer(file: ProtobufFile, tensor: Field, path: string): Initializer {
  const dims: number[] = [];
  const external = new Map<string, string>();
  let elementType = 0;
  let name = "";
  let bytes: Initializer["bytes"] = null;
  for (const field of file.fields(tensor.start, tensor.end)) {
    if (field.number === 1) file.numbers(field, dims);
    if (field.number === 2) elementType = field.value;
    if (field.number === 8) name = file.text(field);
    if (field.number === 9) bytes = { path, offset: field.start, length: field.end - field.start };
    if (field.number === 13) {
      const [key, value] = readEntry(file, field);
      external.set(key, value);
    }
  }
  const location = external.get("location");
  if (location !== undefined) {
    const length = Number(external.get("length") ?? dims.reduce((a, b) => a * b, 1) * (ELEMENT_BYTES[elementType] ?? 0));
    bytes = { path: join(dirname(path), location), offset: Number(external.get("offset") ?? 0), length };
  }
  return { name, dims, elementType, bytes };
}

function readEntry(file: ProtobufFile, entry: Field): [key: string, value: string] {
  let key = "";
  let value = "";
  for (const field of file.fields(entry.start, entry.end)) {
    if (field.number === 1) key = file.text(field);
    if (field.number === 2) value = file.text(field);
  }
  return [key, value];
}

/** Weights that a token is multiplied with: all matrices (packed 4-bit ones count half). */
export function countParameters(onnx: OnnxFile): number {
  let count = 0;
  for (const { dims } of onnx.initializers.values()) if (dims.length >= 2) count += dims.reduce((a, b) => a * b, 1);
  return count;
}

/**
 * True where activations are quantised over a whole tensor at run time: what stands in a batch then changes every row's
 * answer, and so does how a prompt is cut into passes.
 */
export function quantisesActivations(onnx: OnnxFile): boolean {
  return onnx.nodes.some(({ op }) => /^(DynamicQuantize|MatMulInteger|ConvInteger)/.test(op));
}
