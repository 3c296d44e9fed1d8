import { append } from "../util/arrays.js";
import { int32At } from "../util/elements.js";

/** Prompts that are fed alike. */
export interface Group {
  /** Indices into the prompts, the shortest first. */
  readonly members: readonly number[];
  /** Of the longest. */
  readonly length: number;
}

/**
 * Buckets of equal length, shortest first, so that no row is padded: padding may be silently wrong with
 * GroupQueryAttention exports, and pollutes convolution states.
 */
export function groupByLength(prompts: readonly Int32Array[]): readonly Group[] {
  const groups = new Map<number, number[]>();
  prompts.forEach(({ length }, i) => {
    const members = groups.get(length);
    if (members === undefined) groups.set(length, [i]);
    else members.push(i);
  });
  return [...groups].map(([length, members]) => ({ length, members })).sort((a, b) => a.length - b.length);
}

/** All prompts, the shortest first: for graphs that take rows of different lengths. */
export function sortByLength(prompts: readonly Int32Array[]): readonly Group[] {
  const groups = groupByLength(prompts);
  const last = groups.at(-1);
  return last === undefined ? [] : [{ members: groups.flatMap(({ members }) => members), length: last.length }];
}

/** Tokens that all prompts start with; 0 for a single prompt, which has nobody to share with. */
export function commonPrefix(prompts: readonly Int32Array[]): number {
  const [first, ...others] = prompts;
  if (first === undefined || others.length === 0) return 0;
  let length = first.length;
  for (const other of others) {
    let i = 0;
    while (i < length && i < other.length && other[i] === first[i]) i++;
    length = i;
  }
  return length;
}

/** Consecutive parts of at most `size` items. */
export function parts<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  const out: T[][] = [];
  for (let i = 0; i < items.length; i += size) out.push(items.slice(i, i + size));
  return out;
}

/** Share of padding in a pass up to which rows of different lengths are worth feeding together. */
const MOST_PADDING = 0.1;

/**
 * Parts of at most `size` items: as many as are full with items of one width, and those left over together, where no more than a tenth would be padding.
 * The narrowest come first.
 * @param widthOf tokens that an item is fed, growing along the items.
 */
export function partsOfSimilar<T>(items: readonly T[], size: number, widthOf: (item: T) => number): readonly (readonly T[])[] {
  const byWidth = new Map<number, T[]>();
  for (const item of items) {
    const alike = byWidth.get(widthOf(item));
    if (alike === undefined) byWidth.set(widthOf(item), [item]);
    else alike.push(item);
  }
  const full: (readonly T[])[] = [];
  const left: T[] = [];
  for (const alike of byWidth.values()) {
    const whole = alike.length - (alike.length % size);
    append(full, parts(alike.slice(0, whole), size));
    append(left, alike.slice(whole));
  }
  const first = ([item]: readonly T[]): number => (item === undefined ? 0 : widthOf(item));
  return [...full, ...mixed(left, size, widthOf)].sort((a, b) => first(a) - first(b));
}

/** Consecutive parts of at most `size` items, cut as well where more than a tenth would be padding. */
function mixed<T>(items: readonly T[], size: number, widthOf: (item: T) => number): readonly (readonly T[])[] {
  const out: T[][] = [];
  let tokens = 0;
  for (const item of items) {
    const width = widthOf(item);
    const part = out.at(-1);
    const fits = part !== undefined && part.length < size && (part.length + 1) * width * (1 - MOST_PADDING) <= tokens + width;
    if (fits) part.push(item);
    else out.push([item]);
    tokens = fits ? tokens + width : width;
  }
  return out;
}

/**
 * Tokens of rows that are fed together, padding and all. Passes of one token a row add numbers up in another order than wider ones: where rows of one
 * and of several may meet, one token does not go alone.
 * @param length of the longest row.
 * @param past tokens of them that are not fed.
 */
export function leastWidth(length: number, past: number, ragged: boolean): number {
  return ragged ? Math.max(length, past + 2) : length;
}

/** Rows to feed together: prompts, each with the same tokens behind it. */
export interface Rows {
  readonly prompts: readonly Int32Array[];
  /** Which of the prompts: one a row. */
  readonly requests: readonly number[];
  /** Of the longest row, prompt and all. */
  readonly width: number;
  /** What stands behind each prompt. @default nothing */
  readonly continuation?: Int32Array;
}

/** Tokens of each row, prompt and all. */
export function lengthsOf({ prompts, requests, continuation }: Rows): readonly number[] {
  const behind = continuation?.length ?? 0;
  return requests.map((request) => (prompts[request] as Int32Array).length + behind);
}

/** Tokens `[start, end)` of each row, `[rows, end − start]` row-major; rows that end before are filled up with their first token. */
export function stack({ prompts, requests, continuation }: Rows, start: number, end: number): Int32Array {
  const width = end - start;
  const out = new Int32Array(requests.length * width);
  requests.forEach((request, row) => {
    // One by one: rows are short, and a call costs more than it copies.
    const prompt = prompts[request] as Int32Array;
    const own = Math.min(end, prompt.length);
    let to = row * width;
    for (let i = start; i < own; i++) out[to++] = int32At(prompt, i);
    for (let i = Math.max(start, own) - prompt.length; i < end - prompt.length; i++) out[to++] = continuation?.[i] ?? int32At(prompt, 0);
  });
  return out;
}
