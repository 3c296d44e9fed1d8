import { maxOf } from "../util/arrays.js";
import type { Context, Verbosity } from "./context.js";
import type { Discretion } from "./discretion.js";
import { failureOf } from "./failure.js";

/** How failures are told. */
export interface Telling {
  readonly verbosity: Verbosity;
  readonly context: Context;
  readonly shown: Discretion;
  /** There are several specs: a failure says whose it is. */
  readonly several: boolean;
  /** Exit codes of what failed. */
  readonly codes: number[];
}

/**
 * One line, and the stack where `--debug` asks for it; the exit code is kept.
 * @param spec whose error it is; null where it is no spec's.
 */
export function tell(error: unknown, spec: string | null, { verbosity, context, shown, several, codes }: Telling): void {
  const failure = failureOf(error);
  const where = spec === null || !several || failure.message.startsWith(`${spec}:`) ? "" : `${spec}: `;
  const lines = [`mllm-shap: ${where}${failure.message}`, ...(verbosity.debug ? failure.stack.split("\n") : [])];
  for (const line of lines) context.terminal.say(shown.apply(line));
  codes.push(failure.exitCode);
}

/** EX_TEMPFAIL: the same command may go on later. */
const LATER = 75;

/** Several that failed are one failure; where none but servers were in the way, it may go on later. */
export function exitCodeOf(codes: readonly number[], specs: number): number {
  if (codes.length === 0) return 0;
  return specs === 1 || codes.every((code) => code === LATER) ? maxOf(codes) : 1;
}
