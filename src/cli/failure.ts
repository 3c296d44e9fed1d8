import { MllmShapError } from "../errors.js";

/** An error as the person who ran the command sees it. */
export interface Failure {
  readonly exitCode: MllmShapError["exitCode"];
  /** One line. */
  readonly message: string;
  /** Shown with `--debug`. */
  readonly stack: string;
}

/** Errors of ours speak for themselves; any other is unexpected. */
export function failureOf(error: unknown): Failure {
  const stack = stackOf(error);
  if (error instanceof MllmShapError) return { exitCode: error.exitCode, message: oneLine(error.message), stack };
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { exitCode: 1, message: `unexpected ${oneLine(message)} (run again with --debug to see where)`, stack };
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

/** The stack with those of its causes. */
function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? error.message;
  return error.cause === undefined ? own : `${own}\ncaused by ${stackOf(error.cause)}`;
}
