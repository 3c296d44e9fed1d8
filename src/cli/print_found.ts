import { MllmShapError } from "../errors.js";
import { escapeJson } from "../util/escape.js";
import type { Context } from "./context.js";
import { whyUnwritable } from "./files.js";

/** Prints what a command found: text on a terminal, JSON otherwise or where `--json` asks for it. */
export async function printFound<Found>(
  found: Found,
  toText: (found: Found) => string,
  json: boolean | undefined,
  context: Context,
): Promise<void> {
  const asJson = json === true || !context.terminal.stdoutIsTerminal;
  await printText(asJson ? escapeJson(`${JSON.stringify(found, null, 2)}\n`) : toText(found), context);
}

/** Prints what can be had again at no cost. @throws MllmShapError where it cannot be written. */
export async function printText(text: string, { terminal }: Context): Promise<void> {
  try {
    await terminal.print(text);
  } catch (cause) {
    throw new MllmShapError(`cannot write to standard output: ${whyUnwritable(cause)}`, { cause });
  }
}
