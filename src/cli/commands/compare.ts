import type { Command } from "commander";
import { SpecError } from "../../errors.js";
import { type ComparedResult, compareResults } from "../../results/comparison.js";
import { VERSION } from "../../version.js";
import { comparisonText } from "../../views/comparison_text.js";
import type { Context } from "../context.js";
import { checkDocument, type DocumentFlags, deliverDocuments, documentOptions, readResultFile } from "../documents.js";

/** Flags of `compare`. */
export function compareOptions(command: Command): Command {
  command.argument("<a>", "a result as JSON; - reads standard input").argument("<b>", "another one of the same players");
  for (const option of documentOptions()) command.addOption(option);
  return command;
}

/** How alike two results are. */
export async function compareCommand(a: string, b: string, flags: DocumentFlags, context: Context): Promise<number> {
  await checkDocument(flags, [a, b]);
  const report = compareResults(await readOne(a, context), await readOne(b, context), VERSION);
  await deliverDocuments([report], comparisonText, flags, context);
  return 0;
}

async function readOne(file: string, context: Context): Promise<ComparedResult> {
  const results = await readResultFile(file, context);
  const [result] = results;
  if (result === undefined || results.length > 1)
    throw new SpecError(`${file}: holds ${results.length} results; compare takes one of each`);
  return { file, result };
}
