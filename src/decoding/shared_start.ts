import type { RowCache } from "../onnx/row_cache.js";
import { maxOf, sameFloats } from "../util/arrays.js";
import { int32At } from "../util/elements.js";
import type { DecoderGraph } from "./graph.js";
import { keptLogits } from "./pass_outputs.js";
import type { Capabilities } from "./probe.js";
import { positionsAddedUp } from "./start_edit.js";

/** Rows below which trying whether a start can be shared takes longer than it saves. */
const LEAST_ROWS = 4;

/** Rows that are to be fed after the same prefix. */
export interface SharingRows {
  readonly count: number;
  /** The longest, prefix and all. */
  readonly longest: Int32Array;
}

/**
 * Tokens of a prefix that rows may read where they stand once; 0 = none. What comes behind them is added up in one part in every row, so that all
 * numbers are those of rows that have copies.
 */
export function sharedTokens(
  { graph, can }: { readonly graph: DecoderGraph; readonly can: Capabilities },
  prefix: number,
  rows: SharingRows | null,
): number {
  if (rows === null || rows.count < LEAST_ROWS || !graph.readsStarts || !can.chunkBatch || !can.rowsIndependent) return 0;
  const part = positionsAddedUp(
    maxOf(
      graph.io.caches.map(({ dims }) => dims.at(-1) ?? 1),
      1,
    ),
  );
  const start = prefix - (prefix % part);
  return rows.longest.length - start <= part ? start : 0;
}

/** Positions at the end of a row that are compared. */
const COMPARED = 4;

/**
 * Whether a row has the very bits on a shared start that it has on a copy: tried with the longest, which looks furthest back. It has not where
 * attention has a window, or where a kernel adds up otherwise than it is taken to.
 * @param whole a prefix.
 * @param shared the same, some of it shared.
 */
export async function startHolds(graph: DecoderGraph, whole: RowCache, shared: RowCache, { longest }: SharingRows): Promise<boolean> {
  const own = longest.subarray(whole.length);
  // One token is not fed alone either.
  const ids = Int32Array.from({ length: Math.max(2, own.length) }, (_, i) => own[i] ?? int32At(longest, 0));
  const keep = Math.min(ids.length, COMPARED);
  const [wanted, got] = [
    await graph.run({ ids, cache: whole, keep, last: true }),
    await graph.run({ ids, cache: shared, keep, last: true }),
  ];
  return sameFloats(keptLogits(got, 1, keep), keptLogits(wanted, 1, keep));
}
