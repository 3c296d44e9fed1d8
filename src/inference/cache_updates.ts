import { readFileSync, statSync } from "node:fs";
import type { OnnxFile } from "./onnx_file.js";

/** A larger file is not read into memory to have outputs added to it. Published models of that size keep their weights beside the graph. */
const LARGEST = 2 ** 30;

/**
 * Tensors that a pass appends to its attention caches, by the name of the cache input: where a graph makes a cache as
 * `present = Concat(past, added)`, `added` is all that need leave the runtime. The binding copies every output into fresh
 * memory, so fetching whole caches at each step costs more than the step.
 */
export function cacheUpdates({ nodes }: OnnxFile): ReadonlyMap<string, string> {
  const updates = new Map<string, string>();
  for (const { op, inputs, outputs } of nodes) {
    const [past, added] = inputs;
    if (op !== "Concat" || inputs.length !== 2 || past === undefined || added === undefined) continue;
    if (past.startsWith("past_key_values.") && outputs[0]?.startsWith("present")) updates.set(past, added);
  }
  return updates;
}

/**
 * An ONNX file with further tensors of its graph as outputs; null where the file is too large to be read for that.
 *
 * Messages of one field that stand one behind the other are one message to protobuf, their repeated fields joined. So a graph
 * that has nothing but outputs, put behind the file, adds them.
 */
export function withOutputs(path: string, names: Iterable<string>): Uint8Array | null {
  if (statSync(path).size > LARGEST) return null;
  // ModelProto.graph = 7, GraphProto.output = 12, ValueInfoProto.name = 1; the runtime infers types and shapes.
  const outputs = [...names].map((name) => message(12, message(1, Buffer.from(name))));
  return Buffer.concat([readFileSync(path), message(7, Buffer.concat(outputs))]);
}

function message(field: number, bytes: Uint8Array): Buffer {
  return Buffer.concat([varint(field * 8 + 2), varint(bytes.length), bytes]);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let left = value;
  for (; left > 127; left = Math.floor(left / 128)) bytes.push((left & 127) | 128);
  return Uint8Array.from([...bytes, left]);
}
