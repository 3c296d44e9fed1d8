import type { Context } from "./context.js";

/** Prints what a command found: text on a terminal, JSON otherwise or where `--json` asks for it. */
export async function printFound<Found>(
  found: Found,
  toText: (found: Found) => string,
  json: boolean | undefined,
  { terminal }: Context,
): Promise<void> {
  const asJson = json === true || !terminal.stdoutIsTerminal;
  await terminal.print(asJson ? `${JSON.stringify(found, null, 2)}\n` : toText(found));
}
