import { Presets, SingleBar } from "cli-progress";
import type { OnEvent, RunEvent } from "../events.js";
import { escapeControl } from "../util/escape.js";
import type { Loudness, Terminal } from "./terminal.js";

/** What shows a run's events to a person. */
export interface Progress {
  readonly onEvent: OnEvent;
  /** Clears whatever is still on the line. */
  readonly end: () => void;
}

type ProgressEvent = Extract<RunEvent, { kind: "progress" }>;

/** A bar with the remaining time on a terminal, a line every few seconds elsewhere, nothing with `--quiet`. */
export function createProgress(terminal: Terminal, loudness: Loudness): Progress {
  const meter = loudness === "quiet" ? null : terminal.stderrIsTerminal ? createBar(terminal) : createLines(terminal);
  const told = new Set<string>();
  return {
    onEvent(event) {
      if (event.kind === "progress") meter?.update(event);
      else if (event.kind === "log" && loudness === "verbose") terminal.say(event.message);
      else if (event.kind === "warning" && loudness !== "quiet" && !told.has(event.message)) {
        told.add(event.message);
        terminal.say(`warning: ${event.message}`);
      }
    },
    end: () => meter?.end(),
  };
}

interface Meter {
  readonly update: (event: ProgressEvent) => void;
  readonly end: () => void;
}

const BAR_FORMAT = "{label} {bar} {percentage}% | {value}/{total} | {eta_formatted} left";

/** What is over sooner gets no bar: it would only flicker. */
const BAR_AFTER_MS = 400;

/** One bar a label; what has no known end counts up instead. */
function createBar(terminal: Terminal): Meter {
  let bar: SingleBar | null = null;
  let current = { label: "", since: 0 };
  const end = () => {
    bar?.stop();
    bar = null;
    terminal.setBar(null);
  };
  const begin = ({ label, done, total }: ProgressEvent) => {
    const format = total === null ? "{label} {value}" : BAR_FORMAT;
    const next = new SingleBar(
      { format, barsize: 30, hideCursor: true, clearOnComplete: true, gracefulExit: false, etaBuffer: 50, stream: process.stderr },
      Presets.shades_classic,
    );
    next.start(total ?? 0, done, { label: escapeControl(label) });
    bar = next;
    terminal.setBar({ hide: () => process.stderr.write("\r\u001b[K"), show: () => next.render() });
  };
  return {
    update(event) {
      const { label, done, total } = event;
      const now = Date.now();
      if (label !== current.label) {
        end();
        current = { label, since: now };
      }
      if (total !== null && done >= total) end();
      else if (bar !== null) bar.update(done);
      else if (now - current.since >= BAR_AFTER_MS) begin(event);
    },
    end,
  };
}

const LINE_EVERY_MS = 5_000;

/** The first line comes only after a while: a short run says nothing. */
function createLines(terminal: Terminal): Meter {
  let last = Date.now();
  let begun: { readonly label: string; readonly at: number; readonly done: number } | null = null;
  return {
    update({ label, done, total }) {
      const now = Date.now();
      if (begun?.label !== label) begun = { label, at: now, done };
      if (now - last < LINE_EVERY_MS) return;
      last = now;
      const rate = (done - begun.done) / (now - begun.at);
      const left = total === null || !(rate > 0) ? "" : `, about ${duration((total - done) / rate)} left`;
      terminal.say(total === null ? `${label}: ${done}` : `${label}: ${done} of ${total}${left}`);
    },
    end: () => {},
  };
}

function duration(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 90) return `${seconds} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
