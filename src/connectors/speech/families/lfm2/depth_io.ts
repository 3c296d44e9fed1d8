import { FLOATS, findRole, notUnderstood, type TensorMetadata } from "../../../../onnx/graph_io.js";
import type { OpenSession } from "../../../../onnx/session.js";
import { itemAt } from "../../../../util/elements.js";

/** How a depthformer's caches are laid out: `[layers, rows, …]`, the past length at one of the last three dims. */
export interface DepthCache {
  readonly name: string;
  readonly output: string;
  readonly type: string;
  /** null = rows or past length. */
  readonly dims: readonly (number | null)[];
  /** Index of the past length. */
  readonly time: number;
}

/**
 * What a depthformer graph is fed and gives. Published signatures:
 * `current`: hidden state and projected slices, positions as `seqlens_k` and `total_seq_len`;
 * `A`: the hidden state alone; `B`: slices that a graph of its own projects.
 */
export interface DepthIo {
  readonly variant: "current" | "A" | "B";
  /** `[rows, hidden]`; null where a projection takes it. */
  readonly hidden: TensorMetadata | null;
  /** `[rows, codebooks, width]` */
  readonly slices: TensorMetadata | null;
  readonly step: TensorMetadata;
  readonly previous: TensorMetadata;
  readonly caches: readonly DepthCache[];
  /** `[rows]`: positions seen before this one. */
  readonly seen: TensorMetadata | null;
  /** Scalar: positions seen with this one. */
  readonly total: TensorMetadata | null;
  readonly logits: string;
  /** The slices as the graph gives them back. */
  readonly slicesOut: string | null;
  /** The graph was exported for one row only. */
  readonly single: boolean;
}

/** @throws ConnectorError with all inputs and outputs where one has no known role. */
export function discoverDepthformer(open: OpenSession): DepthIo {
  const { inputMetadata: inputs, outputMetadata: outputs } = open.session;
  const named = (name: string): TensorMetadata | null => inputs.find((m): m is TensorMetadata => m.isTensor && m.name === name) ?? null;
  const hidden = named("hidden_states");
  const slices = named("depth_slices_in") ?? named("depth_slices") ?? named("depth_hidden");
  const step = named("step_idx");
  const previous = named("prev_token");
  const logits = findRole(outputs, ["logits"], FLOATS, 2) ?? findRole(outputs, ["logits"], FLOATS, 3);
  if (step === null || previous === null || logits === null || (hidden === null && slices === null)) {
    throw notUnderstood(open, "a depthformer takes step_idx, prev_token and hidden_states or depth_slices, and gives logits");
  }
  const caches = (["keys", "values"] as const).map((kind) => depthCache(open, kind));
  const seen = named("seqlens_k");
  const total = named("total_seq_len");
  const known = [hidden, slices, step, previous, seen, total].flatMap((m) => (m === null ? [] : [m.name]));
  const strange = inputs.find((m) => !known.includes(m.name) && !caches.some((cache) => cache.name === m.name));
  if (strange !== undefined) throw notUnderstood(open, `the role of input \`${strange.name}\` is not known`);
  return {
    variant: hidden === null ? "B" : slices === null ? "A" : "current",
    hidden,
    slices,
    step,
    previous,
    caches,
    seen,
    total,
    logits: logits.name,
    slicesOut: outputs.find((m) => m.name === "depth_slices")?.name ?? null,
    single: previous.shape[0] === 1 || caches.some(({ dims }) => dims[1] === 1),
  };
}

/** The number of heads stands before or after the past length: what is open tells which. */
function depthCache(open: OpenSession, kind: "keys" | "values"): DepthCache {
  const { inputMetadata: inputs, outputMetadata: outputs } = open.session;
  const input = findRole(inputs, [`past_${kind}`], FLOATS, 5);
  const output = findRole(outputs, [`new_${kind}`, `present_${kind}`], FLOATS, 5);
  if (input === null || input.name !== `past_${kind}` || output === null)
    throw notUnderstood(open, `there is no cache past_${kind} with its output`);
  const dims = input.shape.map((dim) => (typeof dim === "number" && dim > 0 ? dim : null));
  const open3 = [2, 3, 4].filter((i) => dims[i] === null);
  if (open3.length !== 1 || dims[0] === null)
    throw notUnderstood(open, `the past length of past_${kind} cannot be told from its other dims`);
  return { name: input.name, output: output.name, type: input.type, dims, time: itemAt(open3, 0) };
}
