import type { Tensor } from "onnxruntime-node";
import { ConnectorError } from "../errors.js";
import { type CacheRow, type RowCache, rowsOf } from "../onnx/row_cache.js";
import { cacheArray } from "../onnx/tensors.js";
import { currentSignal } from "../util/abort.js";
import { append, joinFloats, joinIds, sameFloats } from "../util/arrays.js";
import { float32At, int32At } from "../util/elements.js";
import type { DecoderGraph } from "./graph.js";
import type { Pass } from "./pass.js";
import { keptLogits, type PassResult } from "./pass_outputs.js";

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
/** Of two rows as long as that. */
const WIDE = 8 * BLOCK;

/** Largest difference of logits, as a share of their spread, that counts as rounding. */
const ROUNDING = { float32: 1e-3, float16: 2e-2 };

/** Tokens of each row, all tried with. */
const WHOLE = 5;
/** Of these the first, as a past. */
const START = 2;
/**
 * Tokens of rows that differ: kernels take numbers in vectors of 4, 8 or 16, or several of those, and what is left by itself. The shorter one leaves
 * something whichever it is, and the longer one has it in a vector of any size.
 */
const [LONG, SHORT] = [70, 39];

/**
 * Compares batches and chunks with plain passes of single rows on a few tokens.
 * @param tokens at least 10 ids to try with.
 */
export async function probeCapabilities(graph: DecoderGraph, tokens: Int32Array): Promise<Capabilities> {
  const rows = [tokens.subarray(0, WHOLE), tokens.subarray(WHOLE, 2 * WHOLE)] as const;
  const same = agreement(roundingOf(graph));
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
  // Where a prefix is shared row by row only, whether it is depends on a row's length: rows are cut alike whoever is beside them.
  const alike = chunkBatch || !chunkSingle;
  const padded = batch && alike && graph.provider === "cpu" ? await raggedPass(graph, tokens, chunkBatch ? starts : []) : null;
  return {
    batch,
    chunkSingle,
    chunkBatch,
    stepBatch,
    cache,
    logitsToKeep: graph.io.logitsToKeep !== null || graph.io.picked !== null,
    rowsIndependent: batch || chunkSingle,
    raggedPasses: padded !== null,
    raggedSteps: padded !== null && stepBatch && graph.hasRoom && (await raggedSteps(graph, tokens, padded)),
  };
}

/** What was fed in a pass with padding. */
interface Padded {
  readonly long: CacheRow;
  readonly short: CacheRow;
}

/**
 * Whether a row that is shorter than the one beside it has the very bits that it has alone.
 * @param starts what rows are fed on; none = nothing.
 * @returns both rows; null where it has others.
 */
async function raggedPass(graph: DecoderGraph, tokens: Int32Array, starts: readonly CacheRow[]): Promise<Padded | null> {
  const past = starts[0]?.length ?? 0;
  const [long, short] = [idsFrom(tokens, 0, LONG - past), idsFrom(tokens, 1, SHORT - past)];
  const ids = joinIds([long, short, new Int32Array(LONG - SHORT).fill(int32At(short, 0))]);
  const keep = LONG - SHORT + 1;
  const alone = await attempt(() => fed(graph, [short], starts.slice(1)));
  const both = await attempt(() => run(graph, { ids, cache: cacheOf(graph, 2, starts), keep, lengths: [LONG, SHORT] }));
  const result = both.got?.result;
  const same = alone.holds((want) => both.holds((got) => sameFloats(logitsAt(got, 1, 0), last(want))));
  if (!same || result === undefined) return null;
  return { long: { cache: result.cache, row: 0, length: LONG }, short: { cache: result.cache, row: 1, length: SHORT } };
}

/** Whether a row that is fed a token has the same bits in every width of a cache with room, whoever is beside it. */
async function raggedSteps(graph: DecoderGraph, tokens: Int32Array, { long, short }: Padded): Promise<boolean> {
  const step = (rows: readonly CacheRow[], width: number): Promise<Attempt> => {
    const seen = rows.map(({ length }) => length);
    const lengths = seen.map((length) => length + 1);
    return attempt(() =>
      run(graph, { ids: idsFrom(tokens, 2, rows.length), cache: graph.spread(rows, width - 1), keep: 1, seen, lengths }),
    );
  };
  const together = [
    { both: await step([short, long], WIDE), alone: await step([short], roundedUp(SHORT)) },
    { both: await step([long, short], WIDE), alone: await step([long], roundedUp(LONG)) },
  ];
  return together.every(({ both, alone }) => both.holds((got) => alone.holds((want) => sameFloats(logitsAt(got, 0, 0), last(want)))));
}

/** As many ids as asked for, another sequence for each offset. */
function idsFrom(tokens: Int32Array, offset: number, count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => int32At(tokens, (i * (offset + 1) + offset) % tokens.length));
}

/** Positions of a cache with room for a token behind so many, that token's own included. */
const roundedUp = (seen: number): number => BLOCK * Math.ceil((seen + 2) / BLOCK);

/**
 * Feeds a row without sound, and two that differ in it alone.
 * @param tokens at least 5, rows of sound among them. @throws ConnectorError where text alone is refused, or sound does not reach the logits.
 */
export async function requireHearing(graph: DecoderGraph, tokens: Int32Array, path: string): Promise<void> {
  const row = tokens.subarray(0, 5);
  await lone(
    graph,
    row.filter((id) => id >= 0),
  );
  const [one, other] = [
    await lone(graph, row),
    await lone(
      graph,
      row.map((id) => (id < 0 ? 10 * id : id)),
    ),
  ];
  const [a, b] = [keptLogits(one, 1, 1), keptLogits(other, 1, 1)];
  if (a.some((value, i) => value !== b[i])) return;
  const { name = "", placeholder = 0 } = graph.io.sound ?? {};
  throw new ConnectorError(
    `${path}: what is fed as \`${name}\` in the places of token ${placeholder} changes nothing: they stand for something else in this graph`,
  );
}

function lone(graph: DecoderGraph, ids: Int32Array): Promise<PassResult> {
  return graph.run({ ids, cache: graph.empty(1), keep: 1 });
}

/**
 * True where what was changed in a graph's file changes none of its numbers: caches put together from what passes append to them have the
 * very bits of its own, and the logits of picked positions are those of the positions.
 * @param whole the same session, caches fetched whole.
 */
export async function changesHold(graph: DecoderGraph, whole: DecoderGraph): Promise<boolean> {
  return (!graph.fetchesUpdates || (await updatesHold(graph, whole))) && (graph.io.picked === null || (await picksHold(graph)));
}

async function updatesHold(graph: DecoderGraph, whole: DecoderGraph): Promise<boolean> {
  const start = await whole.run({ ids: Int32Array.of(1, 2), cache: whole.empty(1), keep: 0 });
  for (const ids of [Int32Array.of(3), Int32Array.of(1, 2, 3)]) {
    const [got, want] = [await graph.run({ ids, cache: start.cache, keep: 0 }), await whole.run({ ids, cache: start.cache, keep: 0 })];
    const [mine, own] = [await graph.read(got.cache), await whole.read(want.cache)];
    if (!mine.every((tensor, i) => equalTensors(tensor, own[i] as Tensor))) return false;
  }
  return true;
}

/** Largest difference of a log-probability that is taken inside of the graph, whose sums are partly in float32. */
const SCORED = 1e-5;

async function picksHold(graph: DecoderGraph): Promise<boolean> {
  const ids = Int32Array.of(3, 1, 2);
  const pass = (more: Pick<Pass, "ids" | "keep"> & Partial<Pass>): Promise<Got> => run(graph, { cache: graph.empty(1), ...more });
  const [all, end] = [await pass({ ids, keep: 3 }), await pass({ ids, keep: 1 })];
  if (!sameFloats(logitsAt(all, 0, 2), last(end))) return false;
  // A position's logits do not depend on what comes behind it: where others were picked, these would not agree.
  if (!agreement(roundingOf(graph))(logitsAt(all, 0, 1), last(await pass({ ids: ids.subarray(0, 2), keep: 1 })))) return false;
  if (graph.io.picked?.scores !== true) return true;
  const scored = await pass({ ids, keep: 3, targets: ids });
  const off = [...ids].map((id, i) => scored.result.logProbability(0, i, id) - all.result.logProbability(0, i, id));
  return off.every((difference) => Math.abs(difference) <= SCORED);
}

function roundingOf({ io }: DecoderGraph): number {
  const half = io.caches.some((slot) => slot.type === "float16") || io.logits.type === "float16";
  return half ? ROUNDING.float16 : ROUNDING.float32;
}

function equalTensors(a: Tensor, b: Tensor): boolean {
  const [x, y] = [cacheArray(a), cacheArray(b)];
  return a.dims.join() === b.dims.join() && x.every((value, i) => value === y[i]);
}

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
  /** null where the graph refuses. */
  readonly got: Got | null;
  holds(check: (got: Got) => boolean): boolean;
}

/** A refusal is the answer: the plan does without. */
const REFUSED: Attempt = { got: null, holds: () => false };

async function attempt(pass: () => Promise<Got>): Promise<Attempt> {
  try {
    const got = await pass();
    return { got, holds: (check) => check(got) };
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
