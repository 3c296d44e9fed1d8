import { setImmediate as nextTurn } from "node:timers/promises";
import type { CacheRow, RowCache } from "../onnx/row_cache.js";
import { type Limits, type ModelSize, type PrefillPlan, tokensPerCall } from "./batch_size.js";
import type { DecoderGraph } from "./graph.js";
import { lengthsOf, type Rows, stack } from "./length_groups.js";
import type { PassResult } from "./pass_outputs.js";
import type { Capabilities } from "./probe.js";
import { type SharingRows, sharedTokens, startHolds } from "./shared_start.js";

/** All that feeding rows takes. */
export interface Feeder {
  readonly graph: DecoderGraph;
  readonly can: Capabilities;
  readonly size: ModelSize;
  readonly limits: Limits;
  /** Feed what several prompts start with once. */
  readonly share: boolean;
  /** The last common prefixes with their caches: rounds of one game share them. */
  readonly snapshots: PrefixSnapshots;
}

export interface FeedOptions {
  /** First of the rows' positions whose outputs are wanted. */
  readonly keepFrom: number;
  readonly wantHidden?: boolean;
  /** Caches are not wanted. */
  readonly last?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Rows that the plan would feed at once, which sets how rows are cut into passes. */
  readonly planRows: number;
  /** Tokens that a row's cache may come to hold later. */
  readonly reserve?: number;
  /** Nobody else needs the cache that rows are fed after. @default false */
  readonly owned?: boolean;
  /** Tokens whose log-probabilities alone are wanted, by row and position. @default logits are */
  readonly target?: (row: number, position: number) => number;
  /** Outputs of positions `[first, first + count)`, `[rows, count, …]`. */
  visit(result: PassResult, first: number, count: number): void | Promise<void>;
}

/**
 * Feeds what `cache` lacks of the rows, in as many passes as keep each under about a second and its logits in bounds.
 * Where the passes are cut depends on the plan, not on how many rows happen to be there: results would differ in the last bits.
 * @returns the rows' cache; not to be read where the pass was the `last`.
 */
export async function feedRows(feeder: Feeder, rows: Rows, cache: RowCache, options: FeedOptions): Promise<RowCache> {
  const { width } = rows;
  const chunk = chunkWidth(feeder, cache.length, width - cache.length, options.planRows);
  const ragged = raggedLengths(rows);
  let current = cache;
  let owned = options.owned === true;
  for (let start = cache.length; start < width; start += chunk) {
    await yieldNow(options.signal);
    const end = Math.min(width, start + chunk);
    const first = Math.max(start, options.keepFrom);
    const keep = Math.max(0, end - first);
    const last = options.last === true && end === width;
    const pass = {
      ids: stack(rows, start, end),
      ...ragged,
      cache: current,
      keep,
      wantHidden: options.wantHidden === true && keep > 0,
      ...(feeder.graph.io.picked?.scores === true ? targetsOf(options, rows.requests.length, first, keep) : {}),
      last,
      reserve: Math.max(width, options.reserve ?? 0),
      consume: owned && !last,
    };
    const result = await feeder.graph.run(pass);
    if (keep > 0) await options.visit(result, first, keep);
    if (last && owned) feeder.graph.recycle(current);
    owned = !last;
    current = result.cache;
  }
  return current;
}

function targetsOf({ target }: FeedOptions, rows: number, first: number, keep: number): { readonly targets?: Int32Array } {
  if (target === undefined) return {};
  return { targets: Int32Array.from({ length: rows * keep }, (_, i) => target(Math.floor(i / keep), first + (i % keep))) };
}

/** Where they differ. Such rows are few enough to be fed in one pass. */
function raggedLengths(rows: Rows): { readonly lengths?: readonly number[] } {
  const lengths = lengthsOf(rows);
  return lengths.every((length) => length === rows.width) ? {} : { lengths };
}

function chunkWidth({ can, size, limits }: Feeder, past: number, width: number, planRows: number): number {
  const chunkable = can.rowsIndependent && (planRows === 1 ? can.chunkSingle : can.chunkBatch);
  return chunkable ? Math.max(1, Math.floor(tokensPerCall(size, past + width, limits) / planRows)) : Math.max(1, width);
}

/**
 * Feeds the rows of one batch as planned.
 * @param pasts what is already cached of each row, all of one length; null = nothing.
 * @returns the rows' cache; not to be read where the pass was the `last`.
 */
export async function prefill(
  feeder: Feeder,
  rows: Rows,
  pasts: readonly CacheRow[] | null,
  plan: PrefillPlan,
  options: Omit<FeedOptions, "planRows" | "owned">,
): Promise<RowCache> {
  const feed = { ...options, planRows: plan.rows };
  if (pasts === null) return feedRows(feeder, rows, feeder.graph.empty(rows.requests.length), { ...feed, owned: true });
  const reserve = Math.max(rows.width, options.reserve ?? 0);
  const start = feeder.graph.gather(pasts, reserve);
  return await feedRows(feeder, rows, start, { ...feed, owned: start !== pasts[0]?.cache });
}

const KEPT = 2;

interface Snapshot {
  readonly prefix: Int32Array;
  /** As one row, all of it. */
  readonly cache: RowCache;
  /** The same row, its first tokens where all rows read them, once that was found to change nothing. */
  shared: RowCache | null;
  /** Tokens of the longest row that it was tried with. */
  tried: number;
}

/** Caches of the prefixes met last. */
export class PrefixSnapshots {
  private readonly kept: Snapshot[] = [];
  /** A start that all rows read has changed a number: none is shared any more. */
  private refused = false;

  /**
   * A prefix as a row to go on with.
   * @param rows what is fed after it, where it may have a start that they share.
   */
  async get(feeder: Feeder, prefix: Int32Array, rows: SharingRows | null, signal: AbortSignal | undefined): Promise<RowCache> {
    const snapshot = await this.whole(feeder, prefix, signal);
    const tokens = this.shares(feeder, prefix.length, rows);
    if (tokens === 0 || rows === null) return snapshot.cache;
    const { graph } = feeder;
    const shared = snapshot.shared ?? graph.share(snapshot.cache, tokens);
    if (rows.longest.length > snapshot.tried) {
      await yieldNow(signal);
      this.refused = !(await startHolds(graph, snapshot.cache, shared, rows));
      snapshot.tried = rows.longest.length;
    }
    if (this.refused) return snapshot.cache;
    if (snapshot.shared === null) graph.keep(shared);
    snapshot.shared = shared;
    return shared;
  }

  /** Tokens of a prefix that rows may come to share; 0 = none. */
  shares(feeder: Feeder, prefix: number, rows: SharingRows | null): number {
    return this.refused ? 0 : sharedTokens(feeder, prefix, rows);
  }

  private async whole(feeder: Feeder, prefix: Int32Array, signal: AbortSignal | undefined): Promise<Snapshot> {
    const found = this.kept.find((entry) => entry.prefix.length === prefix.length && entry.prefix.every((id, i) => id === prefix[i]));
    if (found !== undefined) return found;
    const options = { keepFrom: prefix.length, signal, planRows: 1, owned: true, visit: () => undefined };
    const rows = { prompts: [prefix], requests: [0], width: prefix.length };
    const cache = await feedRows(feeder, rows, feeder.graph.empty(1), options);
    const snapshot = { prefix: prefix.slice(), cache, shared: null, tried: 0 };
    this.kept.unshift(snapshot);
    feeder.graph.keep(cache);
    // Rows of this call may still be read from them.
    for (const old of this.kept.splice(KEPT)) for (const one of [old.cache, old.shared]) if (one !== null) feeder.graph.adopt(one);
    return snapshot;
  }
}

/** Lets timers, signals and streams have their turn between native calls. @throws the signal's reason. */
export async function yieldNow(signal: AbortSignal | undefined): Promise<void> {
  await nextTurn();
  signal?.throwIfAborted();
}
