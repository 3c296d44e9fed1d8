import { closeSync, realpathSync } from "node:fs";
import { openRegularSync } from "../repos/door.js";
import { type Field, ProtobufFile } from "./protobuf_file.js";

/** A `GroupQueryAttention` node: attention, caches and rotation in one operator, which takes several rows on a past one token at a time only. */
export interface GroupQuery {
  /** Bytes of the node in its file, its tag included. */
  readonly bytes: { readonly start: number; readonly end: number };
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly heads: number;
  readonly kvHeads: number;
  /** Factor of the scores; 0 = 1/√(head dim). */
  readonly scale: number;
  /** Scores are bent to stay within ±softcap; 0 = they are not. */
  readonly softcap: number;
  /** Positions that a token sees before itself and itself; −1 = all. */
  readonly window: number;
  readonly rotary: "none" | "halves" | "interleaved";
  /** Of the norm of queries and keys, where it has one. */
  readonly epsilon: number;
  /** Has an attribute or input that only the operator itself knows what to do with. */
  readonly special: boolean;
}

/** Inputs that plain operators are given too, in their places. */
export const INPUT = {
  query: 0,
  key: 1,
  value: 2,
  pastKey: 3,
  pastValue: 4,
  cos: 7,
  sin: 8,
  positions: 9,
  queryNorm: 14,
  keyNorm: 15,
} as const;

/** How many tokens there are: rows without padding need not be told. */
const LENGTHS = [5, 6];

/** `sliding_window_cache` lets a cache forget what its window has left behind: nothing that is computed depends on it. */
const KNOWN = [
  "num_heads",
  "kv_num_heads",
  "scale",
  "softcap",
  "local_window_size",
  "do_rotary",
  "rotary_interleaved",
  "qk_norm_epsilon",
  "sliding_window_cache",
];

/** All such nodes of a file. @throws RangeError where the file is no protobuf message. */
export function readGroupQueries(path: string): readonly GroupQuery[] {
  const { descriptor, size } = openRegularSync(realpathSync(path));
  try {
    const file = new ProtobufFile(descriptor, size);
    const found: GroupQuery[] = [];
    for (const field of file.fields(0, file.size)) {
      if (field.number !== 7) continue;
      let start = field.start;
      for (const part of file.fields(field.start, field.end)) {
        if (part.number === 1) {
          const node = readNode(file, part, start);
          if (node !== null) found.push(node);
        }
        start = part.end;
      }
    }
    return found;
  } finally {
    closeSync(descriptor);
  }
}

/** NodeProto: input = 1, output = 2, op_type = 4, attribute = 5. */
function readNode(file: ProtobufFile, node: Field, start: number): GroupQuery | null {
  const parts = [...file.fields(node.start, node.end)];
  const texts = (number: number): readonly string[] => parts.filter((part) => part.number === number).map((part) => file.text(part));
  if (texts(4)[0] !== "GroupQueryAttention") return null;
  const attributes = new Map(parts.filter(({ number }) => number === 5).map((part) => readAttribute(file, part)));
  const number = (name: string, otherwise: number): number => attributes.get(name) ?? otherwise;
  const inputs = texts(1);
  const known: readonly number[] = [...LENGTHS, ...Object.values(INPUT)];
  const others = [...attributes].filter(([name, value]) => !KNOWN.includes(name) && value !== 0 && value !== -1);
  return {
    bytes: { start, end: node.end },
    inputs,
    outputs: texts(2),
    heads: number("num_heads", 0),
    kvHeads: number("kv_num_heads", 0),
    scale: number("scale", 0),
    softcap: number("softcap", 0),
    window: number("local_window_size", -1),
    rotary: number("do_rotary", 0) === 0 ? "none" : number("rotary_interleaved", 0) === 0 ? "halves" : "interleaved",
    epsilon: number("qk_norm_epsilon", 1e-6),
    special: others.length > 0 || inputs.some((name, place) => name !== "" && !known.includes(place)),
  };
}

/** AttributeProto: name = 1, f = 2, i = 3; a text counts as not 0 unless it is empty or NONE. */
function readAttribute(file: ProtobufFile, attribute: Field): [name: string, value: number] {
  let name = "";
  let value = 0;
  for (const field of file.fields(attribute.start, attribute.end)) {
    if (field.number === 1) name = file.text(field);
    if (field.number === 2) value = file.bytes(field.start, field.end).readFloatLE();
    if (field.number === 3) value = Math.max(-1, field.value);
    if (field.number === 4) value = ["", "NONE"].includes(file.text(field)) ? 0 : 1;
  }
  return [name, value];
}
