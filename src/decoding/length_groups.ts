/** Prompts of equal length. */
import { int32At } from "../util/elements.js";
export interface Group {
  /** Indices into the prompts. */
  readonly members: readonly number[];
  readonly length: number;
}

/**
 * Buckets of equal length, shortest first, so that no row is ever padded: padding is silently wrong with
 * GroupQueryAttention exports and pollutes convolution states.
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

/** Rows to feed together: prompts of equal length, each with the same tokens behind it. */
export interface Rows {
  readonly prompts: readonly Int32Array[];
  /** Which of the prompts: one a row. */
  readonly requests: readonly number[];
  /** Of each row, prompt and all. */
  readonly width: number;
  /** What stands behind each prompt. @default nothing */
  readonly continuation?: Int32Array;
}

/** Tokens `[start, end)` of each row, `[rows, end − start]` row-major. */
export function stack({ prompts, requests, continuation }: Rows, start: number, end: number): Int32Array {
  const width = end - start;
  const out = new Int32Array(requests.length * width);
  requests.forEach((request, row) => {
    // One by one: rows are short, and a call costs more than it copies.
    const prompt = prompts[request] as Int32Array;
    const own = Math.min(end, prompt.length);
    let to = row * width;
    for (let i = start; i < own; i++) out[to++] = int32At(prompt, i);
    for (let i = Math.max(start, own) - prompt.length; i < end - prompt.length; i++) out[to++] = continuation?.[i] as number;
  });
  return out;
}
