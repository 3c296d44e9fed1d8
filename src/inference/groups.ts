/** Prompts that one plan serves: equal length, equal first `prefix` tokens. */
export interface Group {
  /** Indices into the prompts. */
  readonly members: readonly number[];
  readonly length: number;
  /** Common leading tokens that are fed once; at least one token is left to every row. */
  readonly prefix: Int32Array;
}

/**
 * Buckets of equal length, shortest first, so that no row is ever padded: padding is silently wrong with
 * GroupQueryAttention exports and pollutes convolution states.
 * @param shared leading tokens that all prompts are known to share; null = as many as these prompts do.
 */
export function groupPrompts(prompts: readonly Int32Array[], shared: number | null): readonly Group[] {
  const prefixLength = shared ?? commonPrefix(prompts);
  const groups = new Map<string, { members: number[]; length: number; prefix: Int32Array }>();
  prompts.forEach((prompt, i) => {
    const prefix = prompt.subarray(0, Math.max(0, Math.min(prefixLength, prompt.length - 1)));
    const key = `${prompt.length}:${prefix.join(",")}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { members: [i], length: prompt.length, prefix });
    else group.members.push(i);
  });
  return [...groups.values()].sort((a, b) => a.length - b.length);
}

/** Tokens that all prompts start with; 0 for a single prompt, which has nobody to share with. */
function commonPrefix(prompts: readonly Int32Array[]): number {
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
