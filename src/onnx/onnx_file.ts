import { closeSync, realpathSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, relative, sep } from "node:path";
import { ConnectorError } from "../errors.js";
import { admitSync, openRegularSync } from "../repos/door.js";
import { reasonOf } from "../util/errors.js";
import { type Field, fieldBefore, ProtobufFile } from "./protobuf_file.js";

/** Element types by their ONNX numbers; others are not read. */
export const ELEMENT_BYTES: Readonly<Record<number, number>> = { 1: 4, 2: 1, 3: 1, 10: 2, 16: 2 };

/** A weight: its shape, and where its bytes stand. */
export interface Initializer {
  readonly name: string;
  readonly dims: readonly number[];
  /** ONNX element type: 1 float32, 2 uint8, 3 int8, 10 float16, 16 bfloat16 … */
  readonly elementType: number;
  /** null where the values are spelled as numbers in the graph rather than as raw bytes. `path` as the graph names it, absolute. */
  readonly bytes: { readonly path: string; readonly offset: number; readonly length: number } | null;
}

export interface GraphNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Attributes that are one whole number. */
  readonly integers: Readonly<Record<string, number>>;
  /** Bytes of the node in its file, its tag included. */
  readonly bytes: { readonly start: number; readonly end: number };
}

/** An input or output as the graph declares it: dims are numbers, or names of what is open. */
export interface GraphValue {
  readonly name: string;
  readonly elementType: number;
  readonly dims: readonly (number | string)[];
}

/** What an ONNX file says of itself, weights left on disk. */
export interface OnnxFile {
  readonly path: string;
  /** Version of the standard operators; 0 where the file does not say. */
  readonly opset: number;
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly GraphValue[];
  readonly nodes: readonly GraphNode[];
  readonly initializers: ReadonlyMap<string, Initializer>;
  /** Files that hold weights beside the graph, absolute. */
  readonly externalFiles: readonly string[];
}

/** @throws ConnectorError where the file is missing or no ONNX file. */
export function readOnnxFile(path: string): OnnxFile {
  let descriptor: number | undefined;
  try {
    const opened = openRegularSync(realpathSync(path));
    descriptor = opened.descriptor;
    return readGraph(new ProtobufFile(descriptor, opened.size), path);
  } catch (cause) {
    if (cause instanceof ConnectorError) throw cause;
    const detail = reasonOf(cause);
    throw new ConnectorError(`model file ${path} cannot be read: it is missing, truncated, damaged or no ONNX file (${detail})`, { cause });
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/**
 * Every file that the graph names must be inside of the graph's folder, regular, and as long as the graph says.
 * @throws ConnectorError that names the first file of weights that is not.
 */
export function checkDataFiles(onnx: OnnxFile): void {
  const needed = new Map<string, number>();
  for (const { bytes } of onnx.initializers.values()) {
    if (bytes !== null) needed.set(bytes.path, Math.max(needed.get(bytes.path) ?? 0, bytes.offset + bytes.length));
  }
  const fail = (problem: string): never => {
    throw new ConnectorError(`model file ${onnx.path} cannot be loaded: its data file ${problem}`);
  };
  for (const file of onnx.externalFiles) {
    const stats = statSync(admitData(onnx.path, file));
    if (!stats.isFile()) fail(`${file} is no regular file`);
    const end = needed.get(file) ?? 0;
    if (stats.size < end) fail(`${file} is cut off, ${stats.size} of ${end} bytes`);
  }
}

/**
 * Where a graph's data file really lies. ONNX wants it in the graph's own folder or below.
 * @throws ConnectorError where it lies elsewhere.
 */
export function admitData(graph: string, file: string): string {
  const fail = (problem: string, cause?: unknown): ConnectorError =>
    new ConnectorError(`model file ${graph} cannot be loaded: its data file ${file} ${problem}`, { cause });
  const outside = "leads out of the graph's folder";
  // By its name alone, before anything is asked about such a place.
  if (relative(dirname(graph), file).split(sep)[0] === "..") throw fail(outside);
  try {
    return admitSync(dirname(graph), file);
  } catch (cause) {
    if (cause instanceof ConnectorError) throw fail(outside, cause);
    const { code, message } = cause as NodeJS.ErrnoException;
    throw code === "ENOENT" ? fail("is missing") : fail(`cannot be read: ${message}`, cause);
  }
}

/** Field numbers are those of onnx.proto: ModelProto.graph = 7 and .opset_import = 8, GraphProto.node = 1, .initializer = 5, .input = 11 and .output = 12. */
function readGraph(file: ProtobufFile, path: string): OnnxFile {
  const nodes: GraphNode[] = [];
  const inputs: GraphValue[] = [];
  const outputs: GraphValue[] = [];
  let opset = 0;
  const initializers = new Map<string, Initializer>();
  const external = new ExternalFiles(file, path);
  let graphs = 0;
  for (const field of file.fields(0, file.size)) {
    if (field.number === 8) opset = Math.max(opset, standardOpset(file, field));
    if (field.number === FUNCTIONS) external.visitFunction(field, 0);
    if (field.number !== 7) continue;
    graphs += 1;
    let start = field.start;
    const part = fieldBefore(field.start);
    while (file.next(part, field.end)) {
      if (part.number === 1) nodes.push(readNode(file, part, start, external));
      start = part.end;
      if (part.number === 5) {
        const weight = readInitializer(file, part, path);
        initializers.set(weight.name, weight);
        if (weight.bytes !== null && weight.bytes.path !== path) external.add(weight.bytes.path);
      }
      if (part.number === 11) inputs.push(readValue(file, part));
      if (part.number === 12) outputs.push(readValue(file, part));
      if (part.number === 15) external.visitSparse(part);
    }
  }
  if (graphs === 0) throw new RangeError("it has no graph");
  return { path, opset, inputs, outputs, nodes, initializers, externalFiles: external.found() };
}

/** ModelProto.functions. */
const FUNCTIONS = 25;
/** Graphs inside of graphs; the runtime's own limit is 100 messages. */
const DEEPEST = 32;

/** Data files of tensors wherever they stand: in the bodies of loops and branches, in attributes, in functions. */
class ExternalFiles {
  private readonly files = new Set<string>();

  constructor(
    private readonly file: ProtobufFile,
    private readonly path: string,
  ) {}

  add(file: string): void {
    this.files.add(file);
  }

  found(): readonly string[] {
    return [...this.files].sort();
  }

  /** FunctionProto.node = 7, .attribute_proto = 11. */
  visitFunction(field: Field, depth: number): void {
    for (const part of this.file.fields(field.start, field.end)) {
      if (part.number === 7) this.visitNode(part, depth);
      if (part.number === 11) this.visitAttribute(part, depth);
    }
  }

  /** NodeProto.attribute = 5. */
  private visitNode(node: Field, depth: number): void {
    for (const part of this.file.fields(node.start, node.end)) if (part.number === 5) this.visitAttribute(part, depth);
  }

  /** AttributeProto.t = 5, .g = 6, .tensors = 10, .graphs = 11, .sparse_tensor = 22, .sparse_tensors = 23. */
  private visitAttribute(attribute: Field, depth: number): void {
    for (const part of this.file.fields(attribute.start, attribute.end)) this.visitPart(part, depth);
  }

  /** A field of an AttributeProto. */
  visitPart(part: Field, depth: number): void {
    if (part.number === 5 || part.number === 10) this.visitTensor(part);
    if (part.number === 6 || part.number === 11) this.visitGraph(part, depth + 1);
    if (part.number === 22 || part.number === 23) this.visitSparse(part);
  }

  /** GraphProto.node = 1, .initializer = 5, .sparse_initializer = 15. */
  private visitGraph(graph: Field, depth: number): void {
    if (depth > DEEPEST) throw new RangeError(`it has more than ${DEEPEST} graphs inside of each other`);
    for (const part of this.file.fields(graph.start, graph.end)) {
      if (part.number === 1) this.visitNode(part, depth);
      if (part.number === 5) this.visitTensor(part);
      if (part.number === 15) this.visitSparse(part);
    }
  }

  /** SparseTensorProto.values = 1, .indices = 2. */
  visitSparse(sparse: Field): void {
    for (const part of this.file.fields(sparse.start, sparse.end)) if (part.number === 1 || part.number === 2) this.visitTensor(part);
  }

  private visitTensor(tensor: Field): void {
    const { bytes } = readInitializer(this.file, tensor, this.path);
    if (bytes !== null && bytes.path !== this.path) this.add(bytes.path);
  }
}

/** @param tag where the node begins, its tag included. */
function readNode(file: ProtobufFile, node: Field, tag: number, external: ExternalFiles): GraphNode {
  const inputs: string[] = [];
  const outputs: string[] = [];
  const integers: Record<string, number> = {};
  let op = "";
  const field = fieldBefore(node.start);
  while (file.next(field, node.end)) {
    if (field.number === 1) inputs.push(file.text(field));
    if (field.number === 2) outputs.push(file.text(field));
    if (field.number === 4) op = file.text(field);
    if (field.number === 5) readAttribute(file, field, integers, external);
  }
  return { op, inputs, outputs, integers, bytes: { start: tag, end: node.end } };
}

/** AttributeProto: name = 1, i = 3; others may hold whole tensors and are passed over, but for the files that they name. */
function readAttribute(file: ProtobufFile, attribute: Field, integers: Record<string, number>, external: ExternalFiles): void {
  let name: Field | null = null;
  const field = fieldBefore(attribute.start);
  while (file.next(field, attribute.end)) {
    if (field.number === 1) name = { ...field };
    else if (field.number === 3) integers[name === null ? "" : file.text(name)] = field.value;
    else external.visitPart(field, 0);
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
function readValue(file: ProtobufFile, described: Field): GraphValue {
  const inside = (field: Field | undefined, number: number): readonly Field[] =>
    field === undefined ? [] : [...file.fields(field.start, field.end)].filter((part) => part.number === number);
  const [name] = inside(described, 1);
  const [tensor] = inside(inside(described, 2)[0], 1);
  const dims = inside(inside(tensor, 2)[0], 1).map((dim) => {
    const [value, text] = [inside(dim, 1)[0], inside(dim, 2)[0]];
    return value?.value ?? (text === undefined ? "?" : file.text(text));
  });
  return { name: name === undefined ? "" : file.text(name), elementType: inside(tensor, 1)[0]?.value ?? 0, dims };
}

/** TensorProto: dims = 1, data_type = 2, name = 8, raw_data = 9, external_data = 13, data_location = 14 (1 = external, else here). */
function readInitializer(file: ProtobufFile, tensor: Field, path: string): Initializer {
  const dims: number[] = [];
  let external: Map<string, string> | null = null;
  let elementType = 0;
  let name = "";
  let bytes: Initializer["bytes"] = null;
  let elsewhere = false;
  const field = fieldBefore(tensor.start);
  while (file.next(field, tensor.end)) {
    if (field.number === 1) file.numbers(field, dims);
    if (field.number === 2) elementType = field.value;
    if (field.number === 8) name = file.text(field);
    if (field.number === 9) bytes = { path, offset: field.start, length: field.end - field.start };
    if (field.number === 13) {
      const [key, value] = readEntry(file, field);
      external = (external ?? new Map<string, string>()).set(key, value);
    }
    if (field.number === 14) elsewhere = field.value === 1;
  }
  const size = dims.reduce((a, b) => a * b, 1) * (ELEMENT_BYTES[elementType] ?? 0);
  return { name, dims, elementType, bytes: elsewhere ? dataPlace(external ?? new Map(), size, path) : bytes };
}

/** Where a weight's bytes stand in a data file. A tensor that holds its bytes itself may name a file all the same: nobody reads that. */
function dataPlace(external: ReadonlyMap<string, string>, size: number, path: string): NonNullable<Initializer["bytes"]> {
  const location = external.get("location");
  if (location === undefined || location === "") throw new RangeError("a weight lies in a data file that it does not name");
  const [offset, length] = [Number(external.get("offset") ?? 0), Number(external.get("length") ?? size)];
  if (![offset, length].every((value) => Number.isSafeInteger(value) && value >= 0))
    throw new RangeError(`a weight lies at no place of its data file: offset ${external.get("offset")}, length ${external.get("length")}`);
  return { path: isAbsolute(location) ? location : join(dirname(path), location), offset, length };
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
