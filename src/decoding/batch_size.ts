import type { Capabilities } from "./probe.js";

/** Sizes of a model, read from its file and metadata. */
export interface ModelSize {
  /** Weights that a token is multiplied with. */
  readonly parameters: number;
  readonly vocabulary: number;
  /** Logits stay in the runtime: those that nobody reads are not computed, and scores are taken there. @default false */
  readonly picks?: boolean;
  /** Bytes of one row's attention caches per token, and of its fixed-size states. */
  readonly cacheBytesPerToken: number;
  readonly stateBytes: number;
  readonly attention: {
    readonly layers: number;
    readonly heads: number;
    /** Heads × head dim of the queries. */
    readonly width: number;
  };
}

export interface Limits {
  /** Bytes that one batch may take. */
  readonly memory: number;
  /** Native threads, ≥ 1. */
  readonly threads: number;
  /** Rows of a batch at most; null = by memory and work. */
  readonly maxRows: number | null;
  /** The model runs on a GPU. @default false */
  readonly accelerated?: boolean;
}

/** What a batch looks like, all rows alike. */
export interface BatchShape {
  /** Tokens already cached. */
  readonly past: number;
  /** Of these those that stand once for all rows. @default 0 */
  readonly shared?: number;
  /** Tokens fed in the widest pass. */
  readonly fed: number;
  /** Positions of that pass whose logits the graph gives. */
  readonly logits: number;
  /** Tokens that may be added later. */
  readonly grow: number;
}

/** Multiply-adds that a thread is assumed to do in a second: a constant, since results must not depend on a timing. */
const WORK_PER_THREAD_SECOND = 2e10;
/** The same of a whole GPU, a modest one: a call is also the time for which an interruption waits. */
const WORK_PER_GPU_SECOND = 1e12;
/** More rows bring nothing on a CPU and make the caches fall out of its own. */
const MOST_ROWS = 64;
/** Bytes of activations and logits beyond which a pass of several tokens a row gets slower: they no longer stay near the cores. */
const WORKING_SET = 24 * 2 ** 20;
/** Tokens in a pass that make good use of weights read once, whatever the above says; fewer where their logits are copied out of the runtime. */
const ENOUGH_TOKENS = { picked: 256, whole: 128 };
/**
 * Bytes of a batch's attention caches and states beyond which more rows make a step slower, unless the weights, which a step reads
 * once for all rows, are more: every step copies all caches, and a long past leaves no room for many near the cores.
 */
const CACHE_SET = 128 * 2 ** 20;
/** Floats that a pass holds for each token fed: logits as computed and as handed out, some layers' activations. */
const LOGIT_COPIES = 2;
const ACTIVATIONS = 16;
/** Attention scores, masked, and their softmax, of one layer. */
const SCORE_COPIES = 3;
/** A cache as it comes in, as it goes out, gathered from others, and those of earlier steps that wait for the collector. */
const CACHE_COPIES = 5;

/** Weights below which a second thread is waited for longer than it helps. */
const SMALL_MODEL = 5e6;

/**
 * Threads inside an operator. Not left to the runtime, which counts one core in some virtual machines that have more.
 * @param asked 0 = as many as the model makes use of.
 */
export function chooseThreads(asked: number, parameters: number, cores: number): number {
  if (asked > 0) return asked;
  return parameters < SMALL_MODEL ? 1 : cores;
}

/**
 * Rows of one batch: as many as memory allows and as one native call of about a second can take, at least 1. A pure
 * function of model, lengths, memory and threads, so that the same spec gives the same batches on a busy machine.
 */
export function rowsPerBatch(size: ModelSize, shape: BatchShape, limits: Limits): number {
  const byMemory = Math.floor(limits.memory / bytesPerRow(size, shape));
  const byWork = Math.floor(tokensPerCall(size, shape.past + shape.fed, limits) / shape.fed);
  const byCache = limits.accelerated
    ? Infinity
    : Math.max(
        Math.ceil((size.picks === true ? ENOUGH_TOKENS.picked : ENOUGH_TOKENS.whole) / shape.fed),
        Math.floor(WORKING_SET / workingSet(size, shape)),
      );
  // Weights stay on a GPU, and caches go there and back with every call.
  const cacheSet = limits.accelerated ? CACHE_SET : Math.max(CACHE_SET, 4 * size.parameters);
  const byPast = Math.floor(cacheSet / Math.max(1, cachedBytes(size, shape)));
  return Math.max(1, Math.min(byMemory, byWork, byCache, byPast, limits.maxRows ?? MOST_ROWS, MOST_ROWS));
}

/** Bytes of a row's own caches in the end. */
function cachedBytes(size: ModelSize, { past, shared = 0, fed, grow }: BatchShape): number {
  return size.stateBytes + size.cacheBytesPerToken * (past - shared + fed + grow);
}

/** Bytes of a row's activations and logits. */
function workingSet(size: ModelSize, { fed, logits }: BatchShape): number {
  return 4 * (LOGIT_COPIES * size.vocabulary * Math.max(1, logits) + fed * ACTIVATIONS * size.attention.width);
}

/**
 * Tokens that are fed in one native call, where the graph allows to go on from a past. At least 16.
 * @param context tokens that the last of them sees.
 */
export function tokensPerCall(size: ModelSize, context: number, limits: Limits): number {
  const { layers, heads, width } = size.attention;
  const work = limits.accelerated ? WORK_PER_GPU_SECOND : WORK_PER_THREAD_SECOND * limits.threads;
  const byWork = work / (size.parameters + 2 * layers * width * context);
  const floats = LOGIT_COPIES * size.vocabulary + ACTIVATIONS * width + SCORE_COPIES * heads * context;
  return Math.max(16, Math.floor(Math.min(byWork, limits.memory / 4 / (4 * floats))));
}

function bytesPerRow(size: ModelSize, shape: BatchShape): number {
  const { past, fed, logits } = shape;
  const { heads, width } = size.attention;
  const floats = LOGIT_COPIES * size.vocabulary * Math.max(1, logits) + fed * (ACTIVATIONS * width + SCORE_COPIES * heads * (past + fed));
  return CACHE_COPIES * cachedBytes(size, shape) + 4 * floats;
}

/** How a group of prompts that start with the same tokens is prefilled. */
export type PrefillPlan =
  /** Every row whole, from an empty past. */
  | { readonly kind: "whole"; readonly rows: number }
  /** The common prefix once; its cache, copied to every row of a batch, takes the rest in one pass. */
  | { readonly kind: "tiled"; readonly rows: number }
  /** The common prefix once; each row's rest in a pass of its own, since the graph refuses several rows on a past. */
  | { readonly kind: "single"; readonly rows: 1 };

/** @param shape `past` = length of the common prefix, `fed` = tokens of each row after it. */
export function choosePrefill(can: Capabilities, size: ModelSize, shape: BatchShape, limits: Limits): PrefillPlan {
  const whole = {
    ...shape,
    past: 0,
    shared: 0,
    fed: shape.past + shape.fed,
    logits: can.logitsToKeep ? shape.logits : shape.past + shape.fed,
  };
  if (!can.rowsIndependent) return { kind: "whole", rows: 1 };
  const wholeRows = can.batch ? rowsPerBatch(size, whole, limits) : 1;
  if (shape.past === 0 || !can.chunkSingle) return { kind: "whole", rows: wholeRows };
  const tiled = { ...shape, logits: can.logitsToKeep ? shape.logits : shape.fed };
  if (can.chunkBatch) return { kind: "tiled", rows: rowsPerBatch(size, tiled, limits) };
  // A pass of one row uses the machine about half as well as a wide one.
  return shape.past > shape.fed ? { kind: "single", rows: 1 } : { kind: "whole", rows: wholeRows };
}
