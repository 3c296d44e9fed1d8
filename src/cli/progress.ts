import { Option } from "commander";
import type { OnEvent, RunEvent } from "../events.js";
import { createMeter, type Display } from "./meter.js";
import { duration } from "./pace.js";
import type { Standing } from "./standing.js";
import type { Loudness, Terminal } from "./terminal.js";

/** What shows a run's events to a person. */
export interface Progress {
  readonly onEvent: OnEvent;
  /** Clears whatever is still on the line. */
  readonly end: () => void;
  /** How far the game that is being played has come; null before its first answers. */
  readonly played: () => { readonly done: number; readonly total: number | null } | null;
}

export const PROGRESS_STYLES = ["text", "json"] as const;
export type ProgressStyle = (typeof PROGRESS_STYLES)[number];

export interface ProgressFlags {
  readonly progress?: ProgressStyle;
}

export interface ProgressOptions {
  /** What is said of a message. @default as it is */
  readonly wording?: (message: string) => string;
  /** @default "text" */
  readonly style?: ProgressStyle | undefined;
}

export function progressOption(): Option {
  return new Option("--progress <how>", "on stderr, in text or as lines of JSON").choices(PROGRESS_STYLES).default("text");
}

/** A bar with the remaining time on a terminal, a line every few seconds elsewhere, JSON where it is asked for, nothing with `--quiet`. */
export function createProgress(
  terminal: Terminal,
  loudness: Loudness,
  { wording = (message) => message, style = "text" }: ProgressOptions = {},
): Progress {
  const meter = loudness === "quiet" ? null : createMeter(displayOf(terminal, style));
  const told = new Set<string>();
  let played: ReturnType<Progress["played"]> = null;
  return {
    onEvent(event) {
      if (event.kind === "phase") return meter?.begin(event.label);
      if (event.kind === "progress") {
        if (event.label === GAME) played = { done: event.done, total: event.total };
        return meter?.update(event);
      }
      tell(event, { terminal, loudness, told, message: wording(event.message) });
    },
    end() {
      meter?.end();
      played = null;
    },
    played: () => played,
  };
}

interface Told {
  readonly terminal: Terminal;
  readonly loudness: Loudness;
  /** Each is said once. */
  readonly told: Set<string>;
  readonly message: string;
}

function tell({ kind }: Extract<RunEvent, { readonly message: string }>, { terminal, loudness, told, message }: Told): void {
  if (kind === "log" && loudness === "verbose") terminal.say(message);
  if (kind === "log" || loudness === "quiet" || told.has(message)) return;
  told.add(message);
  terminal.say(kind === "warning" ? `warning: ${message}` : message);
}

/** What `play` counts. */
const GAME = "coalitions";

function displayOf(terminal: Terminal, style: ProgressStyle): Display {
  if (style === "json") return jsonLines(terminal);
  return terminal.stderrIsTerminal && !terminal.stderrIsPlain ? bar(terminal) : lines(terminal);
}

/** One line that changes. What is over sooner than it would be seen gets none: it would only flicker. */
function bar(terminal: Terminal): Display {
  return {
    afterMs: 400,
    everyMs: 100,
    firstMs: 0,
    show: (standing) => terminal.setBar(barLine(standing, terminal.stderrColumns())),
    clear: () => terminal.setBar(null),
  };
}

const BAR_WIDTH = 30;
/** A shorter one says nothing. */
const NARROWEST = 8;

/** Percentage and time stand before counts and bar, so that a narrow terminal cuts these. @param columns of the terminal. */
function barLine(standing: Standing, columns: number): string {
  const { phase, done, total, eta } = standing;
  if (total === null) return uncounted(standing);
  const left = eta === null ? "" : `, ${duration(eta * 1000)} left`;
  const text = `${phase} ${Math.floor((100 * done) / total)}%${left} (${done.toLocaleString("en-US")} of ${total.toLocaleString("en-US")})`;
  const width = Math.min(BAR_WIDTH, columns - text.length - 2);
  if (width < NARROWEST) return text;
  const full = Math.round((width * done) / total);
  return `${text} ${"█".repeat(full)}${"░".repeat(width - full)}`;
}

/** What has no known end counts up; what does not count tells how long it has taken. */
function uncounted({ phase, done, seconds }: Standing): string {
  if (done > 0) return `${phase} ${done.toLocaleString("en-US")}`;
  return seconds < 1 ? phase : `${phase} (${Math.floor(seconds)} s)`;
}

/** A log should stay short: a short run says nothing, unless someone watches who cannot be shown a bar. */
function lines(terminal: Terminal): Display {
  const watched = terminal.stderrIsTerminal;
  return {
    afterMs: 0,
    everyMs: 5_000,
    firstMs: watched ? 1_000 : 5_000,
    show: (standing) => terminal.say(lineOf(standing)),
    clear: () => undefined,
  };
}

function lineOf(standing: Standing): string {
  const { phase, done, total, eta } = standing;
  if (total === null) return done > 0 ? `${phase}: ${done}` : uncounted(standing);
  const left = eta === null ? "" : `, about ${duration(eta * 1000)} left`;
  return `${phase}: ${done} of ${total}${left}`;
}

/** One object a line, from the first moment on, and as each phase begins and ends. */
function jsonLines(terminal: Terminal): Display {
  return {
    afterMs: 0,
    everyMs: 1_000,
    firstMs: 0,
    edges: true,
    show: (standing) => terminal.say(JSON.stringify(standing)),
    clear: () => undefined,
  };
}
