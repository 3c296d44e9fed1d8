import type { RunOptions } from "../events.js";

/** Options that pass a caller's events on, and keep the warnings. @param before warnings that were told already */
export function collectWarnings(caller: RunOptions, before: readonly string[] = []) {
  const warnings = [...before];
  const options: RunOptions = {
    signal: caller.signal,
    onEvent: (event) => {
      if (event.kind === "warning") warnings.push(event.message);
      caller.onEvent?.(event);
    },
  };
  return { options, warnings: warnings as readonly string[] };
}
