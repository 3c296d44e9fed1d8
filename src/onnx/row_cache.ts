/**
 * What a decoder remembers of `rows` prompts. Its numbers lie in the runtime's thread (kept_caches.js), where passes read
 * them. Immutable: a pass makes a new one.
 */
export interface RowCache {
  readonly id: number;
  readonly rows: number;
  /** Tokens seen by each row; where it has room for rows of different lengths, positions of each. */
  readonly length: number;
  /** A cache of one row that stands for the first tokens of all rows, which are not in this one. @default none */
  readonly start?: RowCache | undefined;
}

/** A row of a cache, or its first tokens: where a batch takes its past from. */
export interface CacheRow {
  readonly cache: RowCache;
  readonly row: number;
  /** Tokens that are kept; fewer than the cache's only where nothing but attention caches is held. */
  readonly length: number;
}

/** An input for caches, without the axis of rows; null = the axis of tokens. */
export interface SlotShape {
  readonly type: "float32" | "float16";
  readonly dims: readonly (number | null)[];
}

/** What becomes of a session's caches between its passes; reserve: tokens that a row may come to hold. */
export type CacheChange =
  | { readonly op: "pool"; readonly bytes: number }
  | { readonly op: "empty"; readonly id: number; readonly rows: number; readonly slots: readonly SlotShape[] }
  | {
      readonly op: "gather";
      readonly id: number;
      readonly from: readonly number[];
      /** Of each row: which of `from`, the row there, and how many of its tokens are kept. */
      readonly caches: Int32Array;
      readonly rows: Int32Array;
      readonly lengths: Int32Array;
      /** Positions of every row; those behind what is kept are zeros. */
      readonly length: number;
      readonly reserve: number;
    }
  /** Tokens `[first, last)` of every row, of caches of attention alone. */
  | { readonly op: "cut"; readonly id: number; readonly from: number; readonly first: number; readonly last: number }
  | { readonly op: "drop"; readonly id: number };

/** How a pass makes a cache of the one that it reads. */
export interface Growth {
  readonly id: number;
  /** Per slot the output that holds the whole cache, or what is added to it. */
  readonly outputs: readonly { readonly name: string; readonly added: boolean }[];
  /** Tokens that each row is fed. */
  readonly fed: number;
  /** Tokens that a row may come to hold. */
  readonly reserve: number;
  /** The cache that is read is given up: its memory is used for the new one. */
  readonly consume: boolean;
  /** The cache has room behind so many tokens of each row: what is added goes there, in place. null = every row is full. */
  readonly seen: Int32Array | null;
}

/** The cache that a pass reads, by the inputs of its slots. */
export interface CacheUse {
  readonly id: number;
  readonly inputs: readonly string[];
  /** Another that is read beside it, by inputs of its own: what all rows start with. */
  readonly start: { readonly id: number; readonly inputs: readonly string[] } | null;
  /** null = no cache is wanted after the pass. */
  readonly growth: Growth | null;
}

/** Tokens that stand before those in a cache's rows. */
export function startLength({ start }: RowCache): number {
  return start?.length ?? 0;
}

/** All rows of a cache as they are. */
export function rowsOf(cache: RowCache): readonly CacheRow[] {
  return Array.from({ length: cache.rows }, (_, row) => ({ cache, row, length: cache.length }));
}

/** The cache whose rows these are, all of them as they stand; null where they have to be copied. @throws RangeError for none, or of several lengths. */
export function wholeCache(rows: readonly CacheRow[]): RowCache | null {
  const [first] = rows;
  if (first === undefined) throw new RangeError("a cache needs a row");
  const { cache, length } = first;
  if (rows.length === cache.rows && length === cache.length && rows.every((r, i) => r.cache === cache && r.row === i)) return cache;
  if (rows.some((r) => r.length !== length)) throw new RangeError("rows of different lengths cannot share a cache");
  return null;
}

/** What the rows of a new cache start with. @throws RangeError where they start with several things, or one is cut off in its start. */
export function startOf(rows: readonly CacheRow[]): RowCache | undefined {
  const start = rows[0]?.cache.start;
  if (rows.some(({ cache, length }) => cache.start !== start || length < startLength(cache)))
    throw new RangeError("rows of one cache start with the same tokens");
  return start;
}

/** @param rows not none, all of one length. */
export function gatherChange(id: number, rows: readonly CacheRow[], reserve: number): CacheChange {
  return gathering(id, rows, rows[0]?.length ?? 0, reserve);
}

/** @param rows not none, none longer than `width`. */
export function spreadChange(id: number, rows: readonly CacheRow[], width: number): CacheChange {
  return gathering(id, rows, width, width);
}

function gathering(id: number, rows: readonly CacheRow[], length: number, reserve: number): CacheChange {
  const from = [...new Set(rows.map(({ cache }) => cache.id))];
  const places = new Map(from.map((cache, i) => [cache, i]));
  const before = startOf(rows)?.length ?? 0;
  return {
    op: "gather",
    id,
    from,
    caches: Int32Array.from(rows, ({ cache }) => places.get(cache.id) ?? 0),
    rows: Int32Array.from(rows, ({ row }) => row),
    lengths: Int32Array.from(rows, (row) => row.length - before),
    length: length - before,
    reserve: Math.max(0, reserve - before),
  };
}
