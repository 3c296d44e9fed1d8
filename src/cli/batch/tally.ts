import { createPace } from "../pace.js";
import { rounded, type Standing } from "../standing.js";

/** How far a batch has come; keys as `progress-*.json` and `--progress json` have them. `total` is the conversations of this shard. */
export interface BatchStanding extends Standing {
  readonly total: number;
  /** For good; not among `done`. */
  readonly failed: number;
  readonly left: number;
  /** Conversations an hour, of the last ten minutes; null while that cannot be told. */
  readonly per_hour: number | null;
  readonly seconds_left: number | null;
}

/** What counts a batch's conversations. */
export interface Tally extends Standings {
  done(): void;
  failed(): void;
}

/** Whatever knows how far a batch has come. */
export interface Standings {
  standing(): BatchStanding;
}

/** Conversations differ in length by far more than coalitions do. */
const WINDOW_MS = 600_000;

/** Counts of one moment. */
type Counts = Pick<BatchStanding, "done" | "failed">;

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
      const [rate, eta] = [
        ms === null || left === 0 ? null : (left * 1000) / ms,
        left === 0 ? 0 : ms === null ? null : Math.ceil(ms / 1000),
      ];
      return {
        phase: "conversations",
        done: counts.done,
        total,
        rate: rate === null ? null : rounded(rate),
        eta,
        seconds: rounded((now() - began) / 1000),
        failed: counts.failed,
        left,
        per_hour: rate === null ? null : Math.round(rate * 36_000) / 10,
        seconds_left: eta,
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
