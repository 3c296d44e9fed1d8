import type { OnEvent, RunEvent } from "../events.js";
import { createPace, duration } from "./pace.js";
import type { Loudness, Terminal } from "./terminal.js";

/** What shows a run's events to a person. */
export interface Progress {
  readonly onEvent: OnEvent;
  /** Clears whatever is still on the line. */
  readonly end: () => void;
  /** How far the game that is being played has come; null before its first answers. */
  readonly played: () => { readonly done: number; readonly total: number | null } | null;
}

type ProgressEvent = Extract<RunEvent, { kind: "progress" }>;

export interface ProgressOptions {
  /** What is said of a message. @default as it is */
  readonly wording?: (message: string) => string;
}

/** A bar with the remaining time on a terminal, a line every few seconds elsewhere, nothing with `--quiet`. */
export function createProgress(terminal: Terminal, loudness: Loudness, { wording = (message) => message }: ProgressOptions = {}): Progress {
  const draws = terminal.stderrIsTerminal && !terminal.stderrIsPlain;
  const meter = loudness === "quiet" ? null : draws ? createBar(terminal) : createLines(terminal);
  const told = new Set<string>();
  let played: ReturnType<Progress["played"]> = null;
  return {
    onEvent(event) {
      if (event.kind === "progress") {
        if (event.label === GAME) played = { done: event.done, total: event.total };
        meter?.update(event);
        return;
      }
      const message = wording(event.message);
      if (event.kind === "log" && loudness === "verbose") terminal.say(message);
      else if (event.kind !== "log" && loudness !== "quiet" && !told.has(message)) {
        told.add(message);
        terminal.say(event.kind === "warning" ? `warning: ${message}` : message);
      }
    },
    end() {
      meter?.end();
      played = null;
    },
    played: () => played,
  };
}

/** What `play` counts. */
const GAME = "coalitions";

interface Meter {
  readonly update: (event: ProgressEvent) => void;
  readonly end: () => void;
}

/** What is over sooner gets no bar: it would only flicker. */
const BAR_AFTER_MS = 400;
const DRAW_EVERY_MS = 100;
const BAR_WIDTH = 30;

/** One line for each label; what has no known end counts up instead. */
function createBar(terminal: Terminal): Meter {
  let current = { label: "", since: 0, drawn: 0, pace: createPace(0) };
  const end = (): void => terminal.setBar(null);
  return {
    update(event) {
      const { label, done, total } = event;
      const now = Date.now();
      if (label !== current.label) {
        end();
        current = { label, since: now, drawn: 0, pace: createPace(now) };
      }
      current.pace.add(now, done);
      if (total !== null && done >= total) return end();
      if (now - current.since < BAR_AFTER_MS || now - current.drawn < DRAW_EVERY_MS) return;
      current.drawn = now;
      terminal.setBar(barLine(event, current.pace.left(total)));
    },
    end,
  };
}

/** Percentage and time stand before the bar, so that a narrow terminal cuts the bar. */
function barLine({ label, done, total }: ProgressEvent, leftMs: number | null): string {
  if (total === null) return `${label} ${done.toLocaleString("en-US")}`;
  const full = Math.round((BAR_WIDTH * done) / total);
  const left = leftMs === null ? "" : `, ${duration(leftMs)} left`;
  const counts = `${done.toLocaleString("en-US")} of ${total.toLocaleString("en-US")}`;
  return `${label} ${Math.floor((100 * done) / total)}% (${counts}${left}) ${"█".repeat(full)}${"░".repeat(BAR_WIDTH - full)}`;
}

const LINE_EVERY_MS = 5_000;

/** The first line comes only after a while: a short run says nothing. */
function createLines(terminal: Terminal): Meter {
  let last = Date.now();
  let label: string | null = null;
  let pace = createPace(last);
  return {
    update(event) {
      const now = Date.now();
      if (label !== event.label) {
        label = event.label;
        pace = createPace(now);
      }
      pace.add(now, event.done);
      if (now - last < LINE_EVERY_MS) return;
      last = now;
      const ms = pace.left(event.total);
      const left = ms === null ? "" : `, about ${duration(ms)} left`;
      terminal.say(event.total === null ? `${label}: ${event.done}` : `${label}: ${event.done} of ${event.total}${left}`);
    },
    end: () => {},
  };
}
