import { closeSync, readFileSync, realpathSync } from "node:fs";
import { openRegularSync } from "../repos/door.js";
import { encodeGraph, message, type NewGraph, varint } from "./onnx_encode.js";
import { ProtobufFile } from "./protobuf_file.js";

/** A larger file is not read into memory to be changed. Published models of that size keep their weights beside the graph. */
const LARGEST = 2 ** 30;

/** Bytes `[start, end)` of the file's graph that make way for others. */
export interface Replacement {
  readonly start: number;
  readonly end: number;
  readonly bytes: Uint8Array;
}

/**
 * An ONNX file with further outputs, weights and inputs of its graph, and with some of its nodes replaced; null where the
 * file is too large to be read for that.
 *
 * Messages of one field that stand one behind the other are one message to protobuf, their repeated fields joined. So a graph
 * that has nothing but additions, put behind the file, adds them.
 * @param replacements in the order of the file, all inside of its graph.
 */
export function editedModel(path: string, additions: NewGraph, replacements: readonly Replacement[] = []): Uint8Array | null {
  const { descriptor, size } = openRegularSync(realpathSync(path));
  try {
    if (size > LARGEST) return null;
    return edited(readFileSync(descriptor), new ProtobufFile(descriptor, size), additions, replacements);
  } finally {
    closeSync(descriptor);
  }
}

function edited(file: Buffer, messages: ProtobufFile, additions: NewGraph, replacements: readonly Replacement[]): Uint8Array {
  const added = message(7, encodeGraph(additions));
  if (replacements.length === 0) return Buffer.concat([file, added]);
  const { start, end } = graphBytes(messages);
  const parts: Uint8Array[] = [];
  let at = start.content;
  for (const { bytes, ...place } of replacements) {
    parts.push(file.subarray(at, place.start), bytes);
    at = place.end;
  }
  parts.push(file.subarray(at, end));
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([file.subarray(0, start.tag), varint(7 * 8 + 2), varint(length), ...parts, file.subarray(end), added]);
}

function graphBytes(file: ProtobufFile): { readonly start: { readonly tag: number; readonly content: number }; readonly end: number } {
  let tag = 0;
  for (const field of file.fields(0, file.size)) {
    if (field.number === 7) return { start: { tag, content: field.start }, end: field.end };
    tag = field.end;
  }
  throw new RangeError("it has no graph");
}
