import { Tensor } from "onnxruntime-node";
import { currentSignal } from "../util/abort.js";
import { float32At } from "../util/elements.js";
import { type GroupQuery, INPUT } from "./group_query.js";
import { encodeModel, FLOAT, FLOAT16, INT32, type NewGraph, type NewValue } from "./onnx_encode.js";
import { AttentionWriter } from "./plain_attention.js";
import { createSession, type Session } from "./runtime.js";
import { fromFloat32, toFloat32 } from "./tensors.js";

/** Largest difference, as a share of the spread, that counts as rounding. */
const ROUNDING = { float32: 1e-5, float16: 1e-2 };
const OPTIONS = { executionProviders: ["cpu"], intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 4 } as const;

/**
 * Inputs in the operator's order. Positions are the rows' own and left out; so is the norm of queries and keys, which comes
 * before all else and which the CPU's operator refuses to have inside.
 */
const NAMES = ["query", "key", "value", "past_key", "past_value", "lengths", "total", "cos", "sin"];

export interface AttentionDims {
  readonly half: boolean;
  readonly headDim: number;
  /** Leading dims of a head that are rotated, ≤ head dim. */
  readonly rotated: number;
}

/**
 * True where the operator, as this runtime has it, and its plain writing give the same on random numbers: from an empty past,
 * and one and several tokens on a past as long as the window. Of one group of heads: all are alike.
 */
export async function writesOut(attention: GroupQuery, dims: AttentionDims): Promise<boolean> {
  const group = attention.heads / attention.kvHeads;
  if (!Number.isInteger(group)) return false;
  const there = (place: number): boolean => (attention.inputs[place] ?? "") !== "";
  const one: GroupQuery = {
    ...attention,
    heads: group,
    kvHeads: 1,
    inputs: NAMES.map((name, place) => (there(place) ? name : "")),
    outputs: ["out", "present_key", "present_value"],
  };
  const sessions: Session[] = [];
  try {
    for (const graph of [fused(one), plain(one, dims)]) {
      const values = valuesOf(one, dims, group);
      const bytes = encodeModel({ ...graph, ...values }, { "": 21, "com.microsoft": 1 });
      sessions.push(await createSession(bytes, OPTIONS));
    }
    for (const [past, fed] of [
      [0, 9],
      [Math.max(4, one.window + 1), 1],
      [Math.max(4, one.window + 1), 3],
    ] as const) {
      const feeds = feedsOf(one, dims, { group, past, fed });
      const [want, got] = await Promise.all(sessions.map((session) => session.run(pick(feeds, session))));
      if (!["out", "present_key", "present_value"].every((name) => agree(got?.[name], want?.[name], dims.half))) return false;
    }
    return true;
  } catch {
    currentSignal()?.throwIfAborted();
    // Refused by this runtime, one or the other: the operator stays.
    return false;
  } finally {
    for (const session of sessions) await session.release();
  }
}

function fused(one: GroupQuery): NewGraph {
  const attributes = {
    num_heads: one.heads,
    kv_num_heads: 1,
    scale: { float: one.scale },
    softcap: { float: one.softcap },
    local_window_size: one.window,
    do_rotary: one.rotary === "none" ? 0 : 1,
    rotary_interleaved: one.rotary === "interleaved" ? 1 : 0,
  };
  return { nodes: [{ op: "GroupQueryAttention", domain: "com.microsoft", inputs: one.inputs, outputs: one.outputs, attributes }] };
}

function plain(one: GroupQuery, { half, rotated, headDim }: AttentionDims): NewGraph {
  const writer = new AttentionWriter({ half, rotated: rotated === headDim ? 0 : rotated, start: null });
  const { nodes } = writer.expand(one);
  return { nodes, weights: writer.weights };
}

function valuesOf(one: GroupQuery, { half, headDim, rotated }: AttentionDims, group: number): Pick<NewGraph, "inputs" | "outputs"> {
  const type = half ? FLOAT16 : FLOAT;
  const cache = ["B", 1, "P", headDim];
  const width = one.inputs[INPUT.key] === "" ? group + 2 : group;
  const all: readonly NewValue[] = [
    { name: "query", type, dims: ["B", "S", width * headDim] },
    { name: "key", type, dims: ["B", "S", headDim] },
    { name: "value", type, dims: ["B", "S", headDim] },
    { name: "past_key", type, dims: cache },
    { name: "past_value", type, dims: cache },
    { name: "lengths", type: INT32, dims: ["B"] },
    { name: "total", type: INT32, dims: [] },
    { name: "cos", type, dims: ["M", rotated / 2] },
    { name: "sin", type, dims: ["M", rotated / 2] },
  ];
  const outputs = one.outputs.map((name, i) => ({ name, type, dims: i === 0 ? ["B", "S", group * headDim] : ["B", 1, "T", headDim] }));
  return { inputs: all.filter(({ name }) => one.inputs.includes(name)), outputs };
}

function feedsOf(
  one: GroupQuery,
  { half, headDim, rotated }: AttentionDims,
  { group, past, fed }: { readonly group: number; readonly past: number; readonly fed: number },
): Readonly<Record<string, Tensor>> {
  const total = past + fed;
  const numbers = (phase: number, ...shape: number[]): Tensor => {
    const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(phase + i * (1 + phase)));
    return fromFloat32(half ? "float16" : "float32", data, shape);
  };
  const width = one.inputs[INPUT.key] === "" ? group + 2 : group;
  return {
    query: numbers(0.1, 1, fed, width * headDim),
    key: numbers(0.2, 1, fed, headDim),
    value: numbers(0.3, 1, fed, headDim),
    past_key: numbers(0.4, 1, 1, past, headDim),
    past_value: numbers(0.5, 1, 1, past, headDim),
    lengths: new Tensor("int32", Int32Array.of(total - 1), [1]),
    total: new Tensor("int32", Int32Array.of(total), []),
    cos: numbers(0.6, total + 1, rotated / 2),
    sin: numbers(0.7, total + 1, rotated / 2),
  };
}

const pick = (feeds: Readonly<Record<string, Tensor>>, session: Session): Record<string, Tensor> =>
  Object.fromEntries(session.inputNames.map((name) => [name, feeds[name] as Tensor]));

function agree(got: Tensor | undefined, want: Tensor | undefined, half: boolean): boolean {
  if (got === undefined || want === undefined || got.dims.join() !== want.dims.join()) return false;
  const [a, b] = [toFloat32(got), toFloat32(want)];
  const spread = b.reduce((high, x) => Math.max(high, Math.abs(x)), 0);
  return a.every((x, i) => Math.abs(x - float32At(b, i)) <= (half ? ROUNDING.float16 : ROUNDING.float32) * spread);
}
