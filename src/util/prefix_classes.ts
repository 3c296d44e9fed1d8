/** Prompts sorted by how they go on after the prefix. */
export interface Classes {
  /** Tokens after the prefix that the prompts of one class share. */
  readonly depth: number;
  /** Class of each prompt; −1 where it is too short to take part. */
  readonly classes: Int32Array;
  /** One prompt of each class. */
  readonly first: readonly number[];
}

/** Feeding a stem also writes its cache and copies it to every row that goes on with it: worth some two tokens a stem. */
const STEM_OVERHEAD = 2;
/** Less than this share of the tokens saved is not worth further passes. */
const LEAST_SAVING = 0.08;
const DEEPEST = 64;

export function startsWith(prompt: Int32Array, start: Int32Array): boolean {
  if (prompt.length < start.length) return false;
  for (let i = 0; i < start.length; i++) if (prompt[i] !== start[i]) return false;
  return true;
}

/** The prompts' classes at a depth that somebody else chose; null where none is long enough. */
export function classesAt(prompts: readonly Int32Array[], prefix: number, depth: number): Classes | null {
  let level = roots(prompts, prefix);
  for (let at = 1; at <= depth; at++) level = deeper(level, prompts, prefix + at);
  return depth < 1 || level.members === 0 ? null : { depth, classes: level.classes, first: level.first };
}

/**
 * How deep to share beyond the prefix so that the fewest tokens are fed, or null where sharing saves nothing.
 * @param limit stems of a depth that may be held at once.
 */
export function branchDepth(
  prompts: readonly Int32Array[],
  prefix: number,
  limit: (depth: number) => number = () => Number.POSITIVE_INFINITY,
): Classes | null {
  let cost = 0;
  for (const prompt of prompts) cost += Math.max(1, prompt.length - prefix);
  let best: Classes | null = null;
  let least = cost * (1 - LEAST_SAVING);
  let level = roots(prompts, prefix);
  for (let depth = 1; depth <= DEEPEST; depth++) {
    level = deeper(level, prompts, prefix + depth);
    if (level.first.length === 0 || level.first.length > 0.7 * level.members) break;
    const fed = cost - level.members * depth + level.first.length * (depth + STEM_OVERHEAD);
    if (fed >= least || level.first.length > limit(depth)) continue;
    least = fed;
    best = { depth, classes: level.classes, first: level.first };
  }
  return best;
}

interface Level {
  readonly classes: Int32Array;
  readonly first: readonly number[];
  /** Prompts that take part. */
  readonly members: number;
}

/** Prompts by their first `prefix` tokens, which are nearly always the same. */
function roots(prompts: readonly Int32Array[], prefix: number): Level {
  const start = (prompts[0] ?? new Int32Array(0)).subarray(0, prefix);
  return regroup(prompts, (prompt) => (start.length === prefix && prompt.length > prefix && startsWith(prompt, start) ? 0 : -1));
}

/** Splits every class by the token at position `end − 1`; prompts that would have nothing left to feed drop out. */
function deeper(level: Level, prompts: readonly Int32Array[], end: number): Level {
  // Token ids stay below 2^31 in size and classes below 2^20, so that a pair is one exact number.
  return regroup(prompts, (prompt, i) => {
    const kind = level.classes[i] as number;
    return kind < 0 || prompt.length <= end ? -1 : kind * 2 ** 32 + ((prompt[end - 1] as number) >>> 0);
  });
}

function regroup(prompts: readonly Int32Array[], keyOf: (prompt: Int32Array, index: number) => number): Level {
  const numbers = new Map<number, number>();
  const first: number[] = [];
  let members = 0;
  const classes = new Int32Array(prompts.length).fill(-1);
  prompts.forEach((prompt, i) => {
    const key = keyOf(prompt, i);
    if (key < 0) return;
    members += 1;
    let kind = numbers.get(key);
    if (kind === undefined) {
      kind = first.length;
      numbers.set(key, kind);
      first.push(i);
    }
    classes[i] = kind;
  });
  return { classes, first, members };
}
