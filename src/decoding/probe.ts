import type { Tensor } from "onnxruntime-node";
import { type CacheRow, type RowCache, rowsOf } from "../onnx/row_cache.js";
import { cacheArray } from "../onnx/tensors.js";
import { currentSignal } from "../util/abort.js";
import { append, joinFloats, joinIds } from "../util/arrays.js";
import { float32At, int32At } from "../util/elements.js";
import type { DecoderGraph, Pass, PassResult } from "./graph.js";

/** What a graph can do without changing its answers, found by trying. */
export interface Capabilities {
  /** Several rows of equal length at once. */
  readonly batch: boolean;
  /** Several tokens at once on a past: one row, several rows. */
  readonly chunkSingle: boolean;
  readonly chunkBatch: boolean;
  /** Several rows at once, one token each, on a past. */
  readonly stepBatch: boolean;
  /** Takes a past at all; without, every step feeds the whole row. */
  readonly cache: boolean;
  /** Gives only the logits that are asked for. */
  readonly logitsToKeep: boolean;
  /**
   * A row's answer does not depend on what is fed with it. False for dynamically quantised activations, whose scale is
   * taken over the whole tensor: such a graph is run row by row, as its plain use would.
   */
  readonly rowsIndependent: boolean;
  /** Rows of different lengths at once, padded on the right, each with the very bits that it has alone. */
  readonly raggedPasses: boolean;
  /** The same for steps of one token a row, in caches with room. */
  readonly raggedSteps: boolean;
}

/**
 * A cache with room is one position short of a multiple of this: with the token that a pass adds all kernels have whole blocks before them, of
 * which only those of zeros at the end differ with who else is there. Where rows ended in parts of blocks, their last digits would.
 */
export const BLOCK = 16;

/** Largest difference of logits, as a share of their spread, that counts as rounding. */
const ROUNDING = { float32: 1e-3, float16: 2e-2 };

/** Tokens of each row, all tried with. */
const WHOLE = 5;
/** Of these the first, as a past. */
const START = 2;

/**
 * Compares batches and chunks with plain passes of single rows on a few tokens.
 * @param tokens at least 10 ids to try with.
 */
export async function probeCapabilities(graph: DecoderGraph, tokens: Int32Array): Promise<Capabilities> {
  const rows = [tokens.subarray(0, WHOLE), tokens.subarray(WHOLE, 2 * WHOLE)] as const;
  const half = graph.io.caches.some((slot) => slot.type === "float16") || graph.io.logits.type === "float16";
  const same = agreement(half ? ROUNDING.float16 : ROUNDING.float32);
  const cache = graph.io.caches.length > 0;
  const tries = graph.io.fixedRows === null || graph.io.fixedRows > 1;
  const alone = [await fed(graph, [rows[0]]), await fed(graph, [rows[1]])] as const;
  const at = (position: number): Float32Array => joinFloats(alone.map((got) => logitsAt(got, 0, position - START)));
  const whole = at(WHOLE - 1);
  const starts = cache ? await startsOf(graph, rows) : [];
  const on = (count: number, of: number): Promise<Got> =>
    fed(
      graph,
      rows.slice(0, of).map((row) => row.subarray(START, START + count)),
      starts.slice(0, of),
    );

  const batch = tries && (await attempt(() => fed(graph, rows))).holds((got) => same(last(got), whole));
  const one = whole.subarray(0, whole.length / 2);
  const chunkSingle = cache && (await attempt(() => on(WHOLE - START, 1))).holds((got) => same(last(got), one));
  const chunkBatch = cache && batch && (await attempt(() => on(WHOLE - START, 2))).holds((got) => same(last(got), whole));
  const stepBatch = cache && batch && (await attempt(() => on(1, 2))).holds((got) => same(last(got), at(START)));
  const ragged = batch && graph.provider === "cpu" && (await raggedPasses(graph, rows, chunkBatch ? starts : []));
  return {
    batch,
    chunkSingle,
    chunkBatch,
    stepBatch,
    cache,
    logitsToKeep: graph.io.logitsToKeep !== null,
    rowsIndependent: batch || chunkSingle,
    raggedPasses: ragged,
    raggedSteps: ragged && stepBatch && graph.hasRoom && (await raggedSteps(graph, rows, starts)),
  };
}

/** Whether a row that is shorter than the one beside it has the very bits that it has alone. @param starts what rows are fed on; none = nothing. */
async function raggedPasses(graph: DecoderGraph, rows: Pair, starts: readonly CacheRow[]): Promise<boolean> {
  const past = starts.length === 0 ? 0 : START;
  const [long, short] = [rows[0].subarray(past), rows[1].subarray(past, WHOLE - 1)];
  const wanted = [await fed(graph, [long], starts.slice(0, 1)), await fed(graph, [short], starts.slice(1))];
  const padded = joinIds([long, short, short.subarray(0, 1)]);
  const got = await attempt(() => run(graph, { ids: padded, cache: cacheOf(graph, 2, starts), keep: 2, lengths: [WHOLE, WHOLE - 1] }));
  return got.holds((both) => wanted.every((want, row) => equal(logitsAt(both, row, 1 - row), last(want))));
}

/** Whether a row that is fed a token has the same bits in every width of a cache with room, whoever is beside it. */
async function raggedSteps(graph: DecoderGraph, rows: Pair, starts: readonly CacheRow[]): Promise<boolean> {
  const longer = await fed(graph, [rows[0].subarray(START, WHOLE - 1)], starts.slice(0, 1));
  const pasts = [...rowsOf(longer.result.cache), ...starts.slice(1)];
  const step = (some: readonly CacheRow[], ids: Int32Array, width: number): Promise<Got> => {
    const seen = some.map(({ length }) => length);
    return run(graph, { ids, cache: graph.spread(some, width), keep: 1, seen, lengths: seen.map((length) => length + 1) });
  };
  const ids = Int32Array.from(rows, (row) => int32At(row, WHOLE - 1));
  const got = await attempt(() => step(pasts, ids, 2 * BLOCK - 1));
  const wanted = [];
  for (const row of [0, 1]) wanted.push(await attempt(() => step(pasts.slice(row, row + 1), ids.subarray(row, row + 1), BLOCK - 1)));
  return wanted.every((want, row) => want.holds((alone) => got.holds((both) => equal(logitsAt(both, row, 0), last(alone)))));
}

/**
 * True where a cache put together from what passes append to it has the very bits of the graph's own.
 * @param whole the same session, caches fetched whole.
 */
export async function updatesHold(graph: DecoderGraph, whole: DecoderGraph): Promise<boolean> {
  const start = await whole.run({ ids: Int32Array.of(1, 2), cache: whole.empty(1), keep: 0 });
  for (const ids of [Int32Array.of(3), Int32Array.of(1, 2, 3)]) {
    const [got, want] = [await graph.run({ ids, cache: start.cache, keep: 0 }), await whole.run({ ids, cache: start.cache, keep: 0 })];
    const [mine, own] = [await graph.read(got.cache), await whole.read(want.cache)];
    if (!mine.every((tensor, i) => equalTensors(tensor, own[i] as Tensor))) return false;
  }
  return true;
}

function equalTensors(a: Tensor, b: Tensor): boolean {
  const [x, y] = [cacheArray(a), cacheArray(b)];
  return a.dims.join() === b.dims.join() && x.every((value, i) => value === y[i]);
}

const equal = (a: Float32Array, b: Float32Array): boolean => a.length === b.length && a.every((value, i) => value === b[i]);

type Pair = readonly [Int32Array, Int32Array];

/** What a pass gave, and of how many positions a row. */
interface Got {
  readonly result: PassResult;
  readonly rows: number;
  readonly keep: number;
}

async function run(graph: DecoderGraph, pass: Pass): Promise<Got> {
  return { result: await graph.run(pass), rows: pass.cache.rows, keep: pass.keep };
}

/** Rows of one length, alone or on their pasts. */
function fed(graph: DecoderGraph, rows: readonly Int32Array[], pasts: readonly CacheRow[] = []): Promise<Got> {
  const keep = Math.min(rows[0]?.length ?? 0, WHOLE - START);
  return run(graph, { ids: joinIds(rows), cache: cacheOf(graph, rows.length, pasts), keep });
}

function cacheOf(graph: DecoderGraph, rows: number, pasts: readonly CacheRow[]): RowCache {
  return pasts.length === 0 ? graph.empty(rows) : graph.gather(pasts, 0);
}

/** A row's logits at a position of those kept. */
function logitsAt({ result, keep }: Got, row: number, position: number): Float32Array {
  if (position < 0 || position >= keep) throw new RangeError(`position ${position} of ${keep}`);
  const from = result.at(row, position) * result.vocabulary;
  return result.logits.subarray(from, from + result.vocabulary);
}

/** Of each row at the last position, one behind the other. */
function last(got: Got): Float32Array {
  return joinFloats(Array.from({ length: got.rows }, (_, row) => logitsAt(got, row, got.keep - 1)));
}

/** What each row begins with, fed by itself. */
async function startsOf(graph: DecoderGraph, rows: Pair): Promise<readonly CacheRow[]> {
  const starts: CacheRow[] = [];
  for (const row of rows) append(starts, rowsOf((await graph.run({ ids: row.subarray(0, START), cache: graph.empty(1), keep: 0 })).cache));
  return starts;
}

interface Attempt {
  holds(check: (got: Got) => boolean): boolean;
}

/** A refusal is the answer: the plan does without. */
const REFUSED: Attempt = { holds: () => false };

async function attempt(pass: () => Promise<Got>): Promise<Attempt> {
  try {
    const got = await pass();
    return { holds: (check) => check(got) };
  } catch {
    currentSignal()?.throwIfAborted();
    return REFUSED;
  }
}

function agreement(rounding: number): (got: Float32Array, want: Float32Array) => boolean {
  return (got, want) => {
    if (got.length !== want.length) return false;
    let low = Infinity;
    let high = -Infinity;
    let worst = 0;
    for (let i = 0; i < want.length; i++) {
      const value = float32At(want, i);
      low = Math.min(low, value);
      high = Math.max(high, value);
      worst = Math.max(worst, Math.abs(value - float32At(got, i)));
    }
    return worst <= rounding * (high - low);
  };
}
