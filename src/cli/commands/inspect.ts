import { inspect } from "../../inspect.js";
import { loadSpec } from "../../spec/load.js";
import type { Override } from "../../spec/overrides.js";
import { inspectionJson, inspectionText } from "../../views/inspection.js";
import { type Context, type MannerFlags, mannersOf } from "../context.js";
import { withPermission } from "../download.js";
import { ffmpegOf, type PolicyFlags, policyOf, tokenOf } from "../policy.js";
import { createProgress } from "../progress.js";

export interface InspectFlags extends MannerFlags, PolicyFlags {
  readonly json?: boolean;
  /** `--no-cost` */
  readonly cost?: boolean;
}

/** Shows what a run would see and cost: text on a terminal, JSON otherwise. */
export async function inspectCommand(path: string, overrides: readonly Override[], flags: InspectFlags, context: Context): Promise<number> {
  const { terminal, interrupt, env, stdin, cwd } = context;
  const progress = createProgress(terminal, mannersOf(flags).loudness);
  const request = await loadSpec(path, { overrides, policy: policyOf(flags, env), stdin, cwd });
  const options = {
    signal: interrupt.signal,
    onEvent: progress.onEvent,
    token: tokenOf(env),
    ffmpegPath: ffmpegOf(env),
    cost: flags.cost !== false,
  };
  try {
    const inspection = await withPermission(request, context, (permitted) => inspect(permitted, options));
    progress.end();
    await terminal.print(flags.json === true || !terminal.stdoutIsTerminal ? inspectionJson(inspection) : inspectionText(inspection));
    return 0;
  } finally {
    progress.end();
  }
}
