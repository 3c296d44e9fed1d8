import { Option } from "commander";
import { readResults } from "../results/read_result.js";
import type { Result } from "../results/result_schema.js";
import type { Context } from "./context.js";
import { refuseOverwriting, refuseUnwritable, writeOutput } from "./outputs.js";
import { readText } from "./read_text.js";

/** Reports about results are JSON, or text for reading. */
export interface DocumentFlags {
  readonly output?: string;
  readonly format?: "json" | "text";
}

export const documentOptions = (): readonly Option[] => [
  new Option("-o, --output <file>", "write to a file: text where it ends in .txt, JSON otherwise"),
  new Option("--format <name>", "default: text on a terminal, json otherwise").choices(["json", "text"]),
];

/** @throws SpecError where the file cannot be written or is one of the inputs. */
export async function checkDocument({ output }: DocumentFlags, inputs: readonly string[]): Promise<void> {
  if (output === undefined || output === "-") return;
  await refuseUnwritable(output);
  await refuseOverwriting([{ file: output, format: "json" }], inputs);
}

/** Prints or writes reports: one as an object, several as a list; texts one after the other. */
export async function deliverDocuments<T>(
  reports: readonly T[],
  toText: (report: T) => string,
  { output, format }: DocumentFlags,
  { terminal }: Context,
): Promise<void> {
  const onStdout = output === undefined || output === "-";
  const byPlace = onStdout ? (terminal.stdoutIsTerminal ? "text" : "json") : output.toLowerCase().endsWith(".txt") ? "text" : "json";
  const asText = (format ?? byPlace) === "text";
  const text = asText ? reports.map(toText).join("\n") : `${JSON.stringify(reports.length === 1 ? reports[0] : reports, null, 2)}\n`;
  await (onStdout ? terminal.print(text) : writeOutput(output, text));
}

/** Results of a file; `-` reads standard input. */
export async function readResultFile(file: string, context: Context): Promise<readonly Result[]> {
  return readResults(await readText(file, context), file);
}
