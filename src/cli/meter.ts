import type { RunEvent } from "../events.js";
import { createPace, type Pace } from "./pace.js";
import { rounded, type Standing } from "./standing.js";

type ProgressEvent = Extract<RunEvent, { kind: "progress" }>;

/** How a standing is shown, and how often. */
export interface Display {
  /** Milliseconds that a phase takes at least before it is shown. */
  readonly afterMs: number;
  readonly everyMs: number;
  /** The first of all is shown after so many milliseconds. */
  readonly firstMs: number;
  /** Also as each phase begins and ends. @default false */
  readonly edges?: boolean;
  show(standing: Standing): void;
  /** Takes away what is shown. */
  clear(): void;
}

/** What follows a run from phase to phase. */
export interface Meter {
  /** A phase that is not counted. */
  begin(label: string): void;
  /** A phase that is, which it begins where need be. */
  update(event: ProgressEvent): void;
  end(): void;
}

/** Where nothing happens, time still passes. */
const TICK_MS = 500;

interface Phase {
  readonly label: string;
  readonly since: number;
  readonly pace: Pace;
  done: number;
  total: number | null;
}

export function createMeter(display: Display, now = Date.now): Meter {
  const { afterMs, everyMs, firstMs, edges = false } = display;
  let phase: Phase | null = null;
  let shown = now() - everyMs + firstMs;
  let clock: NodeJS.Timeout | null = null;
  const show = (): void => {
    if (phase === null) return;
    shown = now();
    display.show(standingOf(phase, shown));
  };
  const showIfDue = (): void => {
    const time = now();
    if (phase !== null && time - phase.since >= afterMs && time - shown >= everyMs) show();
  };
  const end = (): void => {
    if (clock !== null) clearInterval(clock);
    clock = null;
    if (edges) show();
    phase = null;
    display.clear();
  };
  const open = (label: string, total: number | null): Phase => {
    end();
    phase = { label, since: now(), pace: createPace(now()), done: 0, total };
    clock = setInterval(showIfDue, TICK_MS);
    clock.unref();
    return phase;
  };
  return {
    begin(label) {
      open(label, null);
      if (edges) show();
    },
    update({ label, done, total }) {
      const isNew = phase?.label !== label;
      const current = phase === null || isNew ? open(label, total) : phase;
      current.done = done;
      current.total = total;
      current.pace.add(now(), done);
      if (total !== null && done >= total) return end();
      if (edges && isNew) show();
      else showIfDue();
    },
    end,
  };
}

function standingOf({ label, since, pace, done, total }: Phase, time: number): Standing {
  const [left, rate] = [pace.left(total), pace.rate()];
  return {
    phase: label,
    done,
    total,
    rate: rate === null ? null : rounded(rate),
    eta: left === null ? null : rounded(left / 1000),
    seconds: rounded((time - since) / 1000),
  };
}
