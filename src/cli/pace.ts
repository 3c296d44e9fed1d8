/** How fast something goes on now. */
export interface Pace {
  /** @param now ms @param done how much is done by then. */
  add(now: number, done: number): void;
  /** Milliseconds until `total`, at the pace of the last seconds; null while that cannot be told. */
  left(total: number | null): number | null;
  /** How much a second; null while that cannot be told. */
  rate(): number | null;
}

/** What comes in the first moment was remembered from an earlier run: it tells nothing of the pace. */
const FIRST_MS = 1_000;
/** Later parts may be slower than the first, as coalitions of many players are. */
const WINDOW_MS = 15_000;

/** @param since when it began, in ms. @param window ms that the pace is taken from. */
export function createPace(since: number, window = WINDOW_MS): Pace {
  const seen: { readonly at: number; readonly done: number }[] = [];
  const speed = (): number | null => {
    const [first, last] = [seen[0], seen.at(-1)];
    if (first === undefined || last === undefined || last.done <= first.done) return null;
    return (last.done - first.done) / (last.at - first.at);
  };
  return {
    add(at, done) {
      if (at - since < FIRST_MS) seen.length = 0;
      seen.push({ at, done });
      while (seen.length > 2 && at - (seen[1]?.at ?? at) > window) seen.shift();
    },
    left(total) {
      const [last, now] = [seen.at(-1), speed()];
      return total === null || last === undefined || now === null ? null : (total - last.done) / now;
    },
    rate() {
      const now = speed();
      return now === null ? null : now * 1000;
    },
  };
}

/** Milliseconds in words. */
export function duration(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 90) return `${seconds} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
