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
export interface Tally {
  done(): void;
  failed(): void;
  standing(): Standing;
}

/** Conversations differ in length by far more than coalitions do. */
const WINDOW_MS = 600_000;

/** @param before what earlier runs did. @param now ms. */
export function createTally(total: number, before: { readonly done: number; readonly failed: number }, now = Date.now): Tally {
  const began = now();
  const pace = createPace(began, WINDOW_MS);
  let { done, failed } = before;
  pace.add(began, done + failed);
  const add = (): void => pace.add(now(), done + failed);
  return {
    done() {
      done++;
      add();
    },
    failed() {
      failed++;
      add();
    },
    standing() {
      const left = total - done - failed;
      const ms = pace.left(total);
      return {
        total,
        done,
        failed,
        left,
        per_hour: ms === null || left === 0 ? null : rounded((left * 3_600_000) / ms),
        seconds_left: left === 0 ? 0 : ms === null ? null : Math.ceil(ms / 1000),
        seconds: rounded((now() - began) / 1000),
      };
    },
  };
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
