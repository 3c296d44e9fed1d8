import { SpecError } from "../errors.js";
import { VERSION } from "../package.js";
import { type ComparedResult, compareResults } from "../results/comparison.js";
import { redact } from "../results/redact.js";
import type { Result } from "../results/result_schema.js";
import type { FormatDefinition } from "../views/format.js";
import { PAIR_FORMATS } from "../views/pair/formats.js";
import type { ComparedPair } from "../views/pair/pair.js";
import { FORMATS } from "../views/result/formats.js";
import type { Context } from "./context.js";
import { openDelivery } from "./deliver.js";
import { makeRoom, planDestinations } from "./destinations.js";
import { type FigureFlags, figureOf } from "./figure_options.js";
import { asListOf, type JsonShape, refuseShape } from "./json_shape.js";
import { fieldsOfFile } from "./output_template.js";
import { refuseOverwriting } from "./outputs.js";
import { readResultFile } from "./read_text.js";

export interface ShowFlags extends FigureFlags {
  readonly output?: readonly string[];
  readonly format?: string;
  readonly each?: boolean;
  readonly redact?: boolean;
  readonly csvExcel?: boolean;
  readonly jsonShape?: JsonShape;
}

/** Shows every result of the files, or compares the two there are. @returns the exit code. */
export async function showResults(files: readonly string[], flags: ShowFlags, context: Context): Promise<number> {
  const figure = await figureOf(flags);
  const read: { readonly file: string; readonly results: readonly Result[] }[] = [];
  // Standard input can be read once only, so that files are read one by one.
  for (const file of files) {
    const results = await readResultFile(file, context);
    read.push({ file, results: flags.redact === true ? results.map(redact) : results });
  }
  const [a, b] = read;
  const [first, second] = [a?.results[0], b?.results[0]];
  const two = read.length === 2 && a !== undefined && b !== undefined && a.results.length === 1 && b.results.length === 1;
  if (two && flags.each !== true && first !== undefined && second !== undefined) {
    const pair: ComparedPair = { a: first, b: second, report: reportOf({ file: a.file, result: first }, { file: b.file, result: second }) };
    return await out(PAIR_FORMATS, [{ file: a.file, item: pair }], files, flags, context, figure);
  }
  const results = read.flatMap((one) => one.results.map((item) => ({ file: one.file, item })));
  if (results.length === 0) throw new SpecError(`${files.join(", ")}: no result in it`);
  return await out(FORMATS, results, files, flags, context, figure);
}

function reportOf(a: ComparedResult, b: ComparedResult): ComparedPair["report"] {
  try {
    return compareResults(a, b, VERSION);
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    throw new SpecError(`${error.message}: these cannot be compared; --each shows one after the other`, { cause: error });
  }
}

async function out<Item>(
  formats: Readonly<Record<string, FormatDefinition<Item>>>,
  items: readonly { readonly file: string; readonly item: Item }[],
  inputs: readonly string[],
  flags: ShowFlags,
  context: Context,
  figure: Awaited<ReturnType<typeof figureOf>>,
): Promise<number> {
  const { shared, own } = await planDestinations(
    { formats, files: flags.output ?? [], format: flags.format, onTerminal: context.terminal.stdoutIsTerminal, inputs },
    items.map(({ file }) => fieldsOfFile(file, context.cwd)),
  );
  refuseShape(flags.jsonShape, shared, items.length);
  const options = { csvExcel: flags.csvExcel === true, figure };
  const delivery = await openDelivery(shared, context, { ...options, asList: asListOf(flags.jsonShape, items.length) });
  for (const [i, { item }] of items.entries()) {
    await delivery.write(item);
    const outputs = own(i);
    await refuseOverwriting(outputs, inputs);
    for (const { file } of outputs) if (file !== null) await makeRoom(file);
    const alone = await openDelivery(outputs, context, { ...options, asList: asListOf(flags.jsonShape, 1) });
    await alone.write(item);
    await alone.close();
  }
  await delivery.close();
  return 0;
}
