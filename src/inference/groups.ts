/** Prompts of equal length. */
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

/** Rows of equal length as one `[rows, length]` array. */
export function stack(rows: readonly Int32Array[]): Int32Array {
  const width = rows[0]?.length ?? 0;
  const out = new Int32Array(rows.length * width);
  rows.forEach((row, i) => {
    out.set(row, i * width);
  });
  return out;
}
