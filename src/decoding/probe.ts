import type { Tensor } from "onnxruntime-node";
import { ConnectorError } from "../errors.js";
import { rowsOf } from "../onnx/row_cache.js";
import { cacheArray } from "../onnx/tensors.js";
import { currentSignal } from "../util/abort.js";
import { joinFloats, joinIds } from "../util/arrays.js";
import { float32At } from "../util/elements.js";
import { type DecoderGraph, keptLogits, type PassResult } from "./graph.js";

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
}

/** Largest difference of logits, as a share of their spread, that counts as rounding. */
const ROUNDING = { float32: 1e-3, float16: 2e-2 };

/**
 * Compares batches and chunks with plain passes of single rows on a few tokens.
 * @param tokens at least 10 ids to try with.
 */
export async function probeCapabilities(graph: DecoderGraph, tokens: Int32Array): Promise<Capabilities> {
  const rows = [tokens.subarray(0, 5), tokens.subarray(5, 10)] as const;
  const half = graph.io.caches.some((slot) => slot.type === "float16") || graph.io.logits.type === "float16";
  const same = agreement(half ? ROUNDING.float16 : ROUNDING.float32);
  const alone = [await whole(graph, rows[0]), await whole(graph, rows[1])] as const;
  const last = (got: PassResult, count: number): Float32Array => keptLogits(got, count, 1);
  const want = joinFloats([last(alone[0], 1), last(alone[1], 1)]);
  const cache = graph.io.caches.length > 0;
  const tries = graph.io.fixedRows === null || graph.io.fixedRows > 1;

  const batch =
    tries &&
    (await attempt(
      () => batched(graph, rows, 5),
      (got) => same(last(got, 2), want),
    ));
  const chunkSingle =
    cache &&
    (await attempt(
      () => chunked(graph, [rows[0]], 3),
      (got) => same(last(got, 1), last(alone[0], 1)),
    ));
  const chunkBatch =
    cache &&
    batch &&
    (await attempt(
      () => chunked(graph, rows, 3),
      (got) => same(last(got, 2), want),
    ));
  const stepBatch =
    cache &&
    batch &&
    (await attempt(
      () => chunked(graph, rows, 4),
      (got) => same(last(got, 2), want),
    ));
  const logitsToKeep = graph.io.logitsToKeep !== null;
  return { batch, chunkSingle, chunkBatch, stepBatch, cache, logitsToKeep, rowsIndependent: batch || chunkSingle };
}

/**
 * Feeds a row without sound, and two that differ in it alone.
 * @param tokens at least 5, rows of sound among them. @throws ConnectorError where text alone is refused, or sound does not reach the logits.
 */
export async function requireHearing(graph: DecoderGraph, tokens: Int32Array, path: string): Promise<void> {
  const row = tokens.subarray(0, 5);
  await whole(
    graph,
    row.filter((id) => id >= 0),
  );
  const [one, other] = [
    await whole(graph, row),
    await whole(
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

function whole(graph: DecoderGraph, ids: Int32Array): Promise<PassResult> {
  return graph.run({ ids, cache: graph.empty(1), keep: 1 });
}

function batched(graph: DecoderGraph, rows: readonly Int32Array[], length: number): Promise<PassResult> {
  return graph.run({ ids: joinIds(rows.map((row) => row.subarray(0, length))), cache: graph.empty(rows.length), keep: 1 });
}

/** The first `split` tokens row by row, then the rest of all rows at once on the joined caches. */
async function chunked(graph: DecoderGraph, rows: readonly Int32Array[], split: number): Promise<PassResult> {
  const caches = [];
  for (const row of rows) caches.push((await graph.run({ ids: row.subarray(0, split), cache: graph.empty(1), keep: 0 })).cache);
  const cache = graph.gather(caches.flatMap(rowsOf), 0);
  return graph.run({ ids: joinIds(rows.map((row) => row.subarray(split))), cache, keep: 1 });
}

async function attempt(run: () => Promise<PassResult>, holds: (got: PassResult) => boolean): Promise<boolean> {
  try {
    return holds(await run());
  } catch {
    currentSignal()?.throwIfAborted();
    // A refusal is the answer: the plan does without.
    return false;
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
