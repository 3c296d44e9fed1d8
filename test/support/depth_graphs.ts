import { createRng } from "../../src/random.js";
import { GraphSheet } from "./graph_sheet.js";
import { FLOAT, FLOAT16, type Graph, INT32, INT64 } from "./onnx_writer.js";

/** A depthformer of one layer with random weights; its numbers do not depend on its signature. */
export interface DepthShape {
  readonly hidden: number;
  readonly codebooks: number;
  /** Values of a code, the end of audio among them. */
  readonly codes: number;
  readonly heads: number;
  readonly headDim: number;
  /** The end of audio is embedded as the code before it, so that signatures without a row for it give the same numbers. */
  readonly endLikeLast?: boolean;
}

/** Published signatures, and what graphs of one signature differ in besides. */
export interface DepthVariant {
  readonly signature: "current" | "A" | "B";
  /** Caches come back as the new position only. */
  readonly newOnly?: boolean;
  /** A greedy code comes out as well. */
  readonly tokenId?: boolean;
  readonly halfCaches?: boolean;
  /** Several rows give something else than each alone. */
  readonly mixesRows?: boolean;
  /** Attention is told to rotate, by angles of 0. */
  readonly rotary?: boolean;
}

export interface DepthWeights {
  /** `[hidden, codebooks · width]` */
  readonly project: Float32Array;
  /** `[codebooks · codes, width]` */
  readonly embed: Float32Array;
  /** `[codebooks, width, codes]` */
  readonly out: Float32Array;
}

export const widthOf = ({ heads, headDim }: DepthShape): number => heads * headDim;

const known = new Map<DepthShape, DepthWeights>();

export function depthWeights(shape: DepthShape): DepthWeights {
  const weights = known.get(shape) ?? drawWeights(shape);
  known.set(shape, weights);
  return weights;
}

function drawWeights(shape: DepthShape): DepthWeights {
  const rng = createRng("depth weights");
  const random = (size: number): Float32Array => Float32Array.from({ length: size }, () => 2 * rng.float() - 1);
  const width = widthOf(shape);
  const weights = {
    project: random(shape.hidden * shape.codebooks * width),
    embed: random(shape.codebooks * shape.codes * width),
    out: random(shape.codebooks * width * shape.codes),
  };
  for (let end = shape.codes - 1; shape.endLikeLast && end < shape.codebooks * shape.codes; end += shape.codes) {
    weights.embed.copyWithin(end * width, (end - 1) * width, end * width);
  }
  return weights;
}

/** The projection of variants B and C. */
export function projectionGraph(shape: DepthShape): Graph {
  const sheet = new GraphSheet();
  const { hidden, codebooks } = shape;
  const slices = project(sheet, sheet.input("hidden_states", FLOAT, ["batch", hidden]), shape);
  sheet.output(slices, "depth_hidden", FLOAT, ["batch", codebooks, widthOf(shape)]);
  return sheet.graph();
}

export function depthGraph(shape: DepthShape, variant: DepthVariant): Graph {
  const sheet = new GraphSheet();
  const { hidden, codebooks, codes } = shape;
  const width = widthOf(shape);
  const { signature } = variant;
  const state = signature === "B" ? null : sheet.input("hidden_states", FLOAT, ["batch", hidden]);
  const given =
    signature === "A" ? null : sheet.input(signature === "B" ? "depth_slices" : "depth_slices_in", FLOAT, ["batch", codebooks, width]);
  const step = sheet.input("step_idx", INT64, []);
  const previous = sheet.input("prev_token", INT64, ["batch"]);
  const later = sheet.op("Cast", [sheet.op("Greater", [step, sheet.ints([0], [])])], { to: FLOAT });
  const slices = slicesOf(sheet, shape, state, given, later);
  const offset = sheet.op("Mul", [sheet.op("Sub", [step, sheet.ints([1], [])]), sheet.ints([codes], [])]);
  const before = sheet.op("Gather", [
    sheet.floats(depthWeights(shape).embed, [codebooks * codes, width]),
    sheet.op("Add", [offset, previous]),
  ]);
  const x = sheet.op("Add", [sheet.op("Gather", [slices, step], { axis: 1 }), sheet.op("Mul", [before, later])]);
  const seen = signature === "current" ? attendByLength(sheet, shape, variant, x) : attend(sheet, shape, variant, x);
  const mixed = variant.mixesRows ? sheet.op("Add", [seen, sheet.op("ReduceMean", [x], { axes: [0], keepdims: 1 })]) : seen;
  const head = sheet.op("Gather", [sheet.floats(depthWeights(shape).out, [codebooks, width, codes]), step]);
  const logits = sheet.op("MatMul", [sheet.op("Add", [x, mixed]), head]);
  sheet.output(logits, "logits", FLOAT, ["batch", codes]);
  if (signature === "current") sheet.output(slices, "depth_slices", FLOAT, ["batch", codebooks, width]);
  if (signature === "B") sheet.output(before, "token_embed", FLOAT, ["batch", width]);
  if (variant.tokenId) sheet.output(sheet.op("ArgMax", [logits], { axis: 1, keepdims: 0 }), "token_id", INT64, ["batch"]);
  return sheet.graph();
}

function project(sheet: GraphSheet, state: string, shape: DepthShape): string {
  const width = widthOf(shape);
  const flat = sheet.op("MatMul", [state, sheet.floats(depthWeights(shape).project, [shape.hidden, shape.codebooks * width])]);
  return sheet.reshape(flat, [-1, shape.codebooks, width]);
}

/** Projected at the first step and handed on; projected every time; or given. */
function slicesOf(sheet: GraphSheet, shape: DepthShape, state: string | null, given: string | null, later: string): string {
  if (state === null) return given as string;
  const fresh = project(sheet, state, shape);
  if (given === null) return fresh;
  const first = sheet.op("Sub", [sheet.floats([1], []), later]);
  return sheet.op("Add", [sheet.op("Mul", [fresh, first]), sheet.op("Mul", [given, later])]);
}

/** GroupQueryAttention as the published graph has it: positions by `seqlens_k`; caches of any length. */
function attendByLength(sheet: GraphSheet, { heads, headDim }: DepthShape, { rotary }: DepthVariant, x: string): string {
  const dims = [1, "batch", heads, "past_len", headDim];
  const past = ["keys", "values"].map((kind) => sheet.op("Squeeze", [sheet.input(`past_${kind}`, FLOAT, dims), sheet.ints([0])]));
  const lengths = sheet.input("seqlens_k", INT32, ["batch"]);
  const total = sheet.input("total_seq_len", INT32, []);
  const token = sheet.op("Unsqueeze", [x, sheet.ints([1])]);
  const half = [16, headDim / 2] as const;
  const table = (value: number): string => sheet.floats(new Float32Array(half[0] * half[1]).fill(value), half);
  sheet.node({
    op: "GroupQueryAttention",
    inputs: [token, token, token, ...past, lengths, total, ...(rotary ? [table(1), table(0)] : [])],
    outputs: ["mixed", "present_k", "present_v"],
    attributes: { num_heads: heads, kv_num_heads: heads, ...(rotary ? { do_rotary: 1 } : {}) },
    domain: "com.microsoft",
  });
  for (const [from, kind] of [["present_k", "keys"] as const, ["present_v", "values"] as const]) {
    sheet.output(sheet.op("Unsqueeze", [from, sheet.ints([0])]), `new_${kind}`, FLOAT, [1, "batch", heads, "new_len", headDim]);
  }
  return sheet.op("Squeeze", ["mixed", sheet.ints([1])]);
}

/** The same spelled out; time stands before the heads. */
function attend(sheet: GraphSheet, { heads, headDim }: DepthShape, { newOnly, halfCaches, signature }: DepthVariant, x: string): string {
  const type = halfCaches ? FLOAT16 : FLOAT;
  const rows = signature === "A" ? 1 : "batch";
  const now = sheet.reshape(x, [1, -1, 1, heads, headDim]);
  const cached = ["keys", "values"].map((kind) => {
    const past = sheet.input(`past_${kind}`, type, [1, rows, "past_len", heads, headDim]);
    const stored = halfCaches ? sheet.op("Cast", [now], { to: FLOAT16 }) : now;
    const all = sheet.op("Concat", [past, stored], { axis: 2 });
    sheet.output(newOnly ? stored : all, `new_${kind}`, type, [1, rows, "new_len", heads, headDim]);
    return halfCaches ? sheet.op("Cast", [all], { to: FLOAT }) : all;
  });
  // [batch, heads, past, headDim]
  const [keys, values] = cached.map((all) =>
    sheet.op("Transpose", [sheet.op("Squeeze", [all, sheet.ints([0])])], { perm: [0, 2, 1, 3] }),
  ) as [string, string];
  const query = sheet.reshape(x, [-1, heads, 1, headDim]);
  const raw = sheet.op("MatMul", [query, sheet.op("Transpose", [keys], { perm: [0, 1, 3, 2] })]);
  const weights = sheet.op("Softmax", [sheet.op("Mul", [raw, sheet.floats([headDim ** -0.5], [])])], { axis: -1 });
  return sheet.reshape(sheet.op("MatMul", [weights, values]), [-1, heads * headDim]);
}

/** One frame by plain sums, apart from any graph. @param highest code that there is a row for. @returns logits of every codebook. */
export function naiveFrame(
  shape: DepthShape,
  hidden: ArrayLike<number>,
  choose: (logits: readonly number[], codebook: number) => number,
  highest = shape.codes - 1,
): {
  readonly codes: readonly number[];
  readonly logits: readonly (readonly number[])[];
} {
  const { codebooks, codes: size, heads, headDim } = shape;
  const width = widthOf(shape);
  const { project: p, embed, out } = depthWeights(shape);
  const keys: number[][] = [];
  const codes: number[] = [];
  const all: number[][] = [];
  for (let c = 0; c < codebooks; c++) {
    const x = Array.from({ length: width }, (_, w) => {
      let sum = c === 0 ? 0 : (embed[((c - 1) * size + Math.min(codes[c - 1] as number, highest)) * width + w] as number);
      for (let h = 0; h < shape.hidden; h++) sum += (hidden[h] as number) * (p[h * codebooks * width + c * width + w] as number);
      return sum;
    });
    keys.push(x);
    const mixed = Array.from({ length: heads }, (_, head) => attended(x, keys, head * headDim, headDim)).flat();
    const logits = Array.from({ length: size }, (_, v) =>
      x.reduce((sum, value, w) => sum + (value + (mixed[w] as number)) * (out[(c * width + w) * size + v] as number), 0),
    );
    all.push(logits);
    codes.push(choose(logits, c));
  }
  return { codes, logits: all };
}

function attended(x: readonly number[], keys: readonly (readonly number[])[], from: number, dim: number): number[] {
  const part = (row: readonly number[]): readonly number[] => row.slice(from, from + dim);
  const scores = keys.map((key) => part(key).reduce((sum, k, i) => sum + k * (part(x)[i] as number), 0) / Math.sqrt(dim));
  const total = scores.reduce((sum, score) => sum + Math.exp(score), 0);
  return Array.from({ length: dim }, (_, i) =>
    keys.reduce((sum, key, t) => sum + (Math.exp(scores[t] as number) / total) * (part(key)[i] as number), 0),
  );
}
