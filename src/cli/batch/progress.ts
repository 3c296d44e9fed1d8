import writeFileAtomic from "write-file-atomic";
import { duration } from "../pace.js";
import type { ProgressStyle } from "../progress.js";
import type { Loudness, Terminal } from "../terminal.js";
import type { BatchStanding, Standings } from "./tally.js";

/** What tells, for hours, how a batch goes. */
export interface BatchProgress {
  /** Something has changed. */
  update(): void;
  /** Writes where it stands for the last time. */
  end(): Promise<void>;
}

export interface BatchProgressOptions {
  readonly terminal: Terminal;
  readonly loudness: Loudness;
  readonly style: ProgressStyle;
  /** Holds where it stands as JSON. */
  readonly file: string;
  readonly tally: Standings;
}

const DRAW_EVERY_MS = 200;
/** A log of hours should stay readable. */
const FIRST_LINES_MS = 5_000;
const LATER_LINES_MS = 60_000;
const FILE_EVERY_MS = 5_000;

/** A changing line on a terminal, lines elsewhere, JSON where it is asked for; and always a small file in the batch's folder. */
export function createBatchProgress({ terminal, loudness, style, file, tally }: BatchProgressOptions): BatchProgress {
  const began = Date.now();
  const draws = style === "text" && terminal.stderrIsTerminal && !terminal.stderrIsPlain;
  let [told, filed] = [began, began];
  const keep = (): Promise<void> => writeFileAtomic(file, `${JSON.stringify(tally.standing())}\n`).catch(() => undefined);
  const tell = (now: number): void => {
    const every = draws ? DRAW_EVERY_MS : now - began < LATER_LINES_MS ? FIRST_LINES_MS : LATER_LINES_MS;
    if (loudness === "quiet" || now - told < every) return;
    told = now;
    const standing = tally.standing();
    if (draws) terminal.setBar(standingLine(standing));
    else terminal.say(style === "json" ? JSON.stringify(standing) : standingLine(standing));
  };
  const update = (): void => {
    const now = Date.now();
    tell(now);
    if (now - filed < FILE_EVERY_MS) return;
    filed = now;
    void keep();
  };
  // One long conversation should not look like a standstill.
  const clock = setInterval(update, FIRST_LINES_MS);
  clock.unref();
  return {
    update,
    async end() {
      clearInterval(clock);
      if (draws) terminal.setBar(null);
      if (style === "json" && loudness !== "quiet") terminal.say(JSON.stringify(tally.standing()));
      await keep();
    },
  };
}

/** `412 of 10,000 done, 3 failed, 2,100 an hour, 4.6 h left` */
export function standingLine({ total, done, failed, per_hour, seconds_left }: BatchStanding): string {
  const parts = [
    `${count(done)} of ${count(total)} done`,
    ...(failed === 0 ? [] : [`${count(failed)} failed`]),
    ...(per_hour === null ? [] : [`${count(Math.round(per_hour))} an hour`]),
    ...(seconds_left === null || seconds_left === 0 ? [] : [`${duration(seconds_left * 1000)} left`]),
  ];
  return parts.join(", ");
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}
