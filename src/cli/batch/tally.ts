import { createPace } from "../pace.js";

/** How far a batch has come; keys as `progress-*.json` and `--progress json` have them. */
export interface Standing {
  /** Conversations of this shard. */
  readonly total: number;
  readonly done: number;
  /** For good. */
  readonly failed: number;
  readonly left: number;
  /** Conversations an hour, of the last ten minutes; null while that cannot be told. */
  readonly per_hour: number | null;
  readonly seconds_left: number | null;
  /** Since this run began. */
  readonly seconds: number;
}

/** What counts a batch's conversations. */
export interface Tally extends Standings {
  done(): void;
  failed(): void;
}

/** Whatever knows how far a batch has come. */
export interface Standings {
  standing(): Standing;
}

/** Conversations differ in length by far more than coalitions do. */
const WINDOW_MS = 600_000;

/** Counts of one moment. */
type Counts = Pick<Standing, "done" | "failed">;

/** Tells pace and time left from counts as they come. @param now ms. */
export function createWatch(total: number, before: Counts, now = Date.now): { see(counts: Counts): void } & Standings {
  const began = now();
  const pace = createPace(began, WINDOW_MS);
  let counts = before;
  const see = (next: Counts): void => {
    counts = next;
    pace.add(now(), counts.done + counts.failed);
  };
  see(before);
  return {
    see,
    standing() {
      const left = total - counts.done - counts.failed;
      const ms = pace.left(total);
      return {
        total,
        done: counts.done,
        failed: counts.failed,
        left,
        per_hour: ms === null || left === 0 ? null : rounded((left * 3_600_000) / ms),
        seconds_left: left === 0 ? 0 : ms === null ? null : Math.ceil(ms / 1000),
        seconds: rounded((now() - began) / 1000),
      };
    },
  };
}

/** @param before what earlier runs did. @param now ms. */
export function createTally(total: number, before: Counts, now = Date.now): Tally {
  const { see, standing } = createWatch(total, before, now);
  let { done, failed } = before;
  return {
    done: () => see({ done: ++done, failed }),
    failed: () => see({ done, failed: ++failed }),
    standing,
  };
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
