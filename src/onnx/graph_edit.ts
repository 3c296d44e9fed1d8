import { closeSync, realpathSync } from "node:fs";
import { basename, dirname } from "node:path";
import { openRegularSync } from "../repos/door.js";
import { encodeGraph, integer, message, type NewGraph, text, varint } from "./onnx_encode.js";
import type { GraphNode } from "./onnx_file.js";
import { type Field, fieldBefore, ProtobufFile } from "./protobuf_file.js";

/** Protobuf's own limit of a message is 2 GiB; a graph without its weights is far below this. */
const LARGEST = 2 ** 30;
/** Bytes of a weight from which on it stays in its file. Shapes and other small numbers are read by the runtime while it loads a graph. */
const LARGE_WEIGHT = 4096;

/** Bytes `[start, end)` of the file's graph that make way for others. */
export interface Replacement {
  readonly start: number;
  readonly end: number;
  readonly bytes: Uint8Array;
}

/** A graph to load in place of a file. */
export interface EditedModel {
  readonly bytes: Uint8Array;
  /** Where the files of its weights are. */
  readonly folder: string;
}

/**
 * An ONNX file with further outputs, weights and inputs of its graph, and with some of its nodes replaced; null where even without its
 * weights it is too large to be held for that.
 *
 * Large weights stay where they are: in what is loaded they are external data, at their place inside of the original file, from which the
 * runtime maps them. So loading takes neither the memory nor the time of copies (a plain session makes two).
 *
 * Messages of one field that stand one behind the other are one message to protobuf, their repeated fields joined. So a graph
 * that has nothing but additions, put behind the file, adds them.
 * @param replacements in the order of the file, all inside of its graph.
 */
export function editedModel(path: string, additions: NewGraph, replacements: readonly Replacement[] = []): EditedModel | null {
  const place = realpathSync(path);
  const { descriptor, size } = openRegularSync(place);
  try {
    const file = new ProtobufFile(descriptor, size);
    const graph = graphOf(file);
    const folder = dirname(graph.external ? path : place);
    // Data files are looked for in one folder: a graph behind a link that has some of its own keeps its weights.
    const outside = folder === dirname(place) ? graph.weights.map((weight) => outsideOf(file, weight, basename(place))) : [];
    const changes = [...outside, ...replacements].sort((a, b) => a.start - b.start);
    const kept = graph.end - graph.start - changes.reduce((sum, { start, end }) => sum + end - start, 0);
    if (kept > LARGEST) return null;
    return { bytes: assemble(file, graph, changes, message(7, encodeGraph(additions))), folder };
  } finally {
    closeSync(descriptor);
  }
}

/** A node of a file, and what some of its inputs and outputs are called instead. */
export interface Renamed {
  readonly node: Pick<GraphNode, "bytes">;
  readonly names: ReadonlyMap<string, string>;
}

/** Bytes of nodes with other names. */
export function renamedNodes(path: string, nodes: readonly Renamed[]): readonly Uint8Array[] {
  const { descriptor, size } = openRegularSync(realpathSync(path));
  try {
    const file = new ProtobufFile(descriptor, size);
    return nodes.map(({ node: { bytes }, names }) => renamedNode(file, bytes, (_, name) => names.get(name)));
  } finally {
    closeSync(descriptor);
  }
}

/** GraphProto.node with other names: NodeProto.input = 1 and .output = 2. @param nameOf what is called otherwise. */
export function renamedNode(
  file: ProtobufFile,
  { start, end }: GraphNode["bytes"],
  nameOf: (side: "input" | "output", name: string) => string | undefined,
): Uint8Array {
  const [node] = file.fields(start, end);
  const parts = node === undefined ? [] : [...file.fields(node.start, node.end)];
  const encoded = parts.map((part) => {
    const side = part.number === 1 ? "input" : part.number === 2 ? "output" : null;
    const name = side === null ? undefined : nameOf(side, file.text(part));
    return name === undefined ? message(part.number, file.bytes(part.start, part.end)) : text(part.number, name);
  });
  return message(1, Buffer.concat(encoded));
}

/** Bytes of weights that stand inside of a graph and need not be copied to load it. */
export function weightsInside(path: string): number {
  const { descriptor, size } = openRegularSync(realpathSync(path));
  try {
    const { weights } = graphOf(new ProtobufFile(descriptor, size));
    return weights.reduce((sum, { data }) => sum + data.end - data.start, 0);
  } finally {
    closeSync(descriptor);
  }
}

/** A weight's tensor, its tag included, and the bytes of its values. */
interface Weight {
  readonly start: number;
  readonly tensor: Field;
  readonly data: Field;
}

interface Graph {
  readonly tag: number;
  readonly start: number;
  readonly end: number;
  readonly weights: readonly Weight[];
  /** Has weights in other files. */
  readonly external: boolean;
}

/** ModelProto.graph = 7, GraphProto.initializer = 5; TensorProto: raw_data = 9, external_data = 13. */
function graphOf(file: ProtobufFile): Graph {
  let tag = 0;
  for (const field of file.fields(0, file.size)) {
    if (field.number === 7) return { tag, start: field.start, end: field.end, ...weightsOf(file, field) };
    tag = field.end;
  }
  throw new RangeError("it has no graph");
}

function weightsOf(file: ProtobufFile, graph: Field): Pick<Graph, "weights" | "external"> {
  const weights: Weight[] = [];
  let external = false;
  let start = graph.start;
  const part = fieldBefore(graph.start);
  while (file.next(part, graph.end)) {
    if (part.number === 5) {
      const tensor = { ...part };
      const parts = [...file.fields(tensor.start, tensor.end)];
      // Whatever else it holds, a tensor is where its location says.
      const elsewhere = parts.some(({ number, value }) => number === 14 && value === 1);
      external ||= elsewhere;
      const data = elsewhere ? undefined : parts.find(({ number }) => number === 9);
      if (data !== undefined && data.end - data.start >= LARGE_WEIGHT) weights.push({ start, tensor, data });
    }
    start = part.end;
  }
  return { weights, external };
}

/** TensorProto: external_data = 13 (key = 1, value = 2), data_location = 14 (EXTERNAL = 1). */
function outsideOf(file: ProtobufFile, { start, tensor, data }: Weight, name: string): Replacement {
  const entry = (key: string, value: string): Uint8Array => message(13, Buffer.concat([text(1, key), text(2, value)]));
  const kept = [...file.fields(tensor.start, tensor.end)].filter(({ number }) => number !== 9 && number !== 13 && number !== 14);
  const fields = kept.map((field) =>
    Number.isNaN(field.value) ? message(field.number, file.bytes(field.start, field.end)) : integer(field.number, field.value),
  );
  const where = [entry("location", name), entry("offset", String(data.start)), entry("length", String(data.end - data.start))];
  return { start, end: tensor.end, bytes: message(5, Buffer.concat([...fields, ...where, integer(14, 1)])) };
}

function assemble(file: ProtobufFile, graph: Graph, changes: readonly Replacement[], added: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [];
  let at = graph.start;
  for (const { start, end, bytes } of changes) {
    parts.push(file.bytes(at, start), bytes);
    at = end;
  }
  parts.push(file.bytes(at, graph.end));
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  const [before, behind] = [file.bytes(0, graph.tag), file.bytes(graph.end, file.size)];
  return Buffer.concat([before, varint(7 * 8 + 2), varint(size), ...parts, behind, added]);
}
