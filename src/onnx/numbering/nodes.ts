import { BOOL, FLOAT, INT32, INT64 } from "../onnx_encode.js";
import { type Field, fieldBefore, ProtobufFile } from "../protobuf_file.js";

/** A node of a graph that is held in memory. */
export interface HeldNode {
  /** Empty for a standard operator. */
  readonly domain: string;
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Whole numbers and lists of them, by name. */
  readonly integers: ReadonlyMap<string, readonly number[]>;
  /** Of a `Constant`, or what `ConstantOfShape` fills with. */
  readonly tensor: HeldTensor | null;
  /** Graphs of its own, which see all names around it; null where it has none. */
  readonly nested: Nested | null;
  /** All attributes' bytes as text: nodes of equal ones do the same. null where they are long: nobody writes the same weights twice. */
  readonly attributes: string | null;
  /** In the model, its tag included. */
  readonly start: number;
  readonly end: number;
}

/** Graphs inside of a node, in the order of its attributes. */
export interface Nested {
  /** What they read of the names around them, or call so themselves. */
  readonly names: ReadonlySet<string>;
  readonly bodies: readonly Body[];
}

export interface Body {
  readonly nodes: readonly HeldNode[];
  readonly weights: readonly HeldTensor[];
  readonly outputs: readonly string[];
}

/** A tensor, and its numbers where they are few and whole. */
export interface HeldTensor {
  readonly name: string;
  /** ONNX element type. */
  readonly type: number;
  readonly dims: readonly number[];
  readonly values: readonly number[] | null;
}

/** A model without its weights, held in memory. */
export interface HeldModel {
  readonly file: ProtobufFile;
  /** Fields of the graph, with their tags: a message that stands in parts is one. */
  readonly graphs: readonly { readonly tag: number; readonly field: Field }[];
  readonly nodes: readonly HeldNode[];
  /** Nodes by their outputs. */
  readonly makers: ReadonlyMap<string, HeldNode>;
  readonly weights: ReadonlyMap<string, HeldTensor>;
  readonly outputs: ReadonlySet<string>;
}

/** Bytes of an attribute that tells what a node does. */
const LONGEST_ATTRIBUTE = 1024;
/** Tensors of more numbers are no shapes. */
const FEW = 64;

/** @throws RangeError where the bytes are no model. Field numbers are those of onnx.proto. */
export function holdModel(bytes: Buffer): HeldModel {
  const file = ProtobufFile.of(bytes);
  const graphs: { tag: number; field: Field }[] = [];
  const nodes: HeldNode[] = [];
  const weights = new Map<string, HeldTensor>();
  const outputs = new Set<string>();
  const makers = new Map<string, HeldNode>();
  let tag = 0;
  for (const field of file.fields(0, bytes.length)) {
    if (field.number === 7) {
      graphs.push({ tag, field });
      const part = fieldBefore(field.start);
      let start = field.start;
      while (file.next(part, field.end)) {
        if (part.number === 1) {
          const node = readNode(file, part, start);
          nodes.push(node);
          for (const name of node.outputs) makers.set(name, node);
        }
        if (part.number === 5) {
          const weight = readTensor(file, part);
          weights.set(weight.name, weight);
        }
        if (part.number === 12) outputs.add(nameOf(file, part));
        start = part.end;
      }
    }
    tag = field.end;
  }
  // What is left out has no name.
  makers.delete("");
  return { file, graphs, nodes, makers, weights, outputs };
}

const NO_INTEGERS: HeldNode["integers"] = new Map();

/** NodeProto: input = 1, output = 2, op_type = 4, attribute = 5, domain = 7. */
function readNode(file: ProtobufFile, node: Field, start: number): HeldNode {
  const inputs: string[] = [];
  const outputs: string[] = [];
  let integers = NO_INTEGERS;
  let [op, domain, attributes] = ["", "", ""];
  let tensor: HeldTensor | null = null;
  let whole = true;
  const bodies: Body[] = [];
  const field = fieldBefore(node.start);
  while (file.next(field, node.end)) {
    if (field.number === 1) inputs.push(file.text(field));
    else if (field.number === 2) outputs.push(file.text(field));
    else if (field.number === 4) op = file.text(field);
    else if (field.number === 7) domain = file.text(field);
    else if (field.number === 5) {
      if (field.end - field.start <= LONGEST_ATTRIBUTE) attributes += `${file.latin1(field)};`;
      const read = readAttribute(file, field, bodies);
      if (read.integers !== null) integers = new Map([...integers, [read.name, read.integers]]);
      tensor ??= read.tensor;
      whole &&= field.end - field.start <= LONGEST_ATTRIBUTE;
    }
  }
  return {
    domain: domain === "ai.onnx" ? "" : domain,
    op,
    inputs,
    outputs,
    integers,
    tensor,
    nested: bodies.length === 0 ? null : { names: namesIn(bodies), bodies },
    attributes: whole ? attributes : null,
    start,
    end: node.end,
  };
}

interface ReadAttribute {
  readonly name: string;
  readonly integers: readonly number[] | null;
  readonly tensor: HeldTensor | null;
}

/** AttributeProto: name = 1, i = 3, t = 5, g = 6, ints = 8, graphs = 11. */
function readAttribute(file: ProtobufFile, attribute: Field, bodies: Body[]): ReadAttribute {
  const integers: number[] = [];
  let name = "";
  let tensor: HeldTensor | null = null;
  const field = fieldBefore(attribute.start);
  while (file.next(field, attribute.end)) {
    if (field.number === 1) name = file.text(field);
    if (field.number === 3 || field.number === 8) file.numbers(field, integers);
    if (field.number === 5) tensor = readTensor(file, field);
    if (field.number === 6 || field.number === 11) bodies.push(readBody(file, field));
  }
  // The one number of a `Constant` that is spelled so.
  if (name === "value_float") tensor = { name: "", type: FLOAT, dims: [], values: null };
  return { name, integers: integers.length === 0 ? null : integers, tensor };
}

/** GraphProto: node = 1, initializer = 5, output = 12. */
function readBody(file: ProtobufFile, graph: Field): Body {
  const nodes: HeldNode[] = [];
  const weights: HeldTensor[] = [];
  const outputs: string[] = [];
  for (const part of file.fields(graph.start, graph.end)) {
    if (part.number === 1) nodes.push(readNode(file, part, part.start));
    if (part.number === 5) weights.push(readTensor(file, part));
    if (part.number === 12) outputs.push(nameOf(file, part));
  }
  return { nodes, weights, outputs };
}

function namesIn(bodies: readonly Body[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { nodes, outputs } of bodies) {
    for (const name of outputs) names.add(name);
    for (const { inputs, nested } of nodes) for (const name of [...inputs, ...(nested?.names ?? [])]) names.add(name);
  }
  return names;
}

/** ValueInfoProto.name = 1. */
function nameOf(file: ProtobufFile, value: Field): string {
  for (const part of file.fields(value.start, value.end)) if (part.number === 1) return file.text(part);
  return "";
}

/** TensorProto: dims = 1, data_type = 2, int32_data = 5, int64_data = 7, name = 8, raw_data = 9. */
function readTensor(file: ProtobufFile, tensor: Field): HeldTensor {
  const dims: number[] = [];
  const spelled: number[] = [];
  let type = 0;
  let name = "";
  let raw: Buffer | null = null;
  const field = fieldBefore(tensor.start);
  while (file.next(field, tensor.end)) {
    if (field.number === 1) file.numbers(field, dims);
    if (field.number === 2) type = field.value;
    if ((field.number === 5 || field.number === 7) && few(dims)) file.numbers(field, spelled);
    if (field.number === 8) name = file.text(field);
    if (field.number === 9 && few(dims)) raw = file.bytes(field.start, field.end);
  }
  return { name, type, dims, values: few(dims) ? valuesOf(type, raw, spelled, dims) : null };
}

const volume = (dims: readonly number[]): number => dims.reduce((product, dim) => product * dim, 1);
const few = (dims: readonly number[]): boolean => volume(dims) <= FEW;

function valuesOf(type: number, raw: Buffer | null, spelled: readonly number[], dims: readonly number[]): readonly number[] | null {
  const count = volume(dims);
  const size = type === INT64 ? 8 : type === INT32 ? 4 : type === BOOL ? 1 : 0;
  if (size === 0) return null;
  if (raw === null || raw.length === 0) return spelled.length === count ? spelled : null;
  if (raw.length !== count * size) return null;
  const values: number[] = [];
  for (let at = 0; at < raw.length; at += size) {
    if (type === INT64) values.push(raw.readInt32LE(at + 4) * 2 ** 32 + raw.readUInt32LE(at));
    else values.push(type === INT32 ? raw.readInt32LE(at) : raw.readUInt8(at));
  }
  return values;
}
