import { constants } from "node:fs";
import { access, realpath, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { SpecError } from "../errors.js";
import { rowNamed } from "../util/registry.js";
import { type FormatDefinition, formatOfFile } from "../views/format.js";

/** One place that documents go to. */
export interface Output<Item> {
  /** null is stdout. */
  readonly file: string | null;
  readonly format: FormatDefinition<Item>;
}

/** What a command knows of its outputs. */
export interface OutputPlan<Item> {
  /** Every format of what the command gives, by name. */
  readonly formats: Readonly<Record<string, FormatDefinition<Item>>>;
  /** As `-o` gave them; `-` is stdout. */
  readonly files: readonly string[];
  /** As `--format` gave it. */
  readonly format: string | undefined;
  readonly onTerminal: boolean;
  /** The format of files whose ending says nothing. @default none: such a file is refused */
  readonly otherwise?: FormatDefinition<Item>;
  /** Files that are read, which no output may replace. */
  readonly inputs?: readonly string[];
  /** What `files` were given with. @default "-o" */
  readonly flag?: string;
}

/**
 * Where documents go and how they look there: each `-o` in the format of its ending, stdout where there is none (or for `-o -`).
 * @throws SpecError before anything is computed where a file cannot be written or its format is not clear.
 */
export async function planOutputs<Item>(plan: OutputPlan<Item>): Promise<readonly Output<Item>[]> {
  const asked = checkFormat(plan);
  const onStdout = asked ?? (plan.formats[plan.onTerminal ? "text" : "json"] as FormatDefinition<Item>);
  if (plan.files.length === 0) {
    refuseBytesOnScreen([{ file: null, format: onStdout }], plan);
    return [{ file: null, format: onStdout }];
  }
  const outputs: Output<Item>[] = [];
  for (const file of plan.files) {
    if (file === "-") outputs.push({ file: null, format: onStdout });
    else outputs.push(outputOf(file, plan));
    if (file !== "-") await refuseUnwritable(file, plan.flag);
  }
  refuseTwice(outputs);
  refuseBytesOnScreen(outputs, plan);
  await refuseOverwriting(outputs, plan.inputs ?? [], plan.flag);
  return outputs;
}

/** A file in the format of its ending. @throws SpecError where that is not clear. */
export function outputOf<Item>(file: string, plan: OutputPlan<Item>): Output<Item> {
  return { file, format: formatFor(file, checkFormat(plan), plan) };
}

function checkFormat<Item>({ formats, format }: OutputPlan<Item>): FormatDefinition<Item> | null {
  if (format === undefined) return null;
  const found = rowNamed(formats, format);
  if (found !== undefined) return found;
  throw new SpecError(`--format ${format}: must be one of ${Object.keys(formats).join(", ")}; for several formats give -o several times`);
}

function formatFor<Item>(
  file: string,
  asked: FormatDefinition<Item> | null,
  { formats, otherwise, flag = "-o" }: OutputPlan<Item>,
): FormatDefinition<Item> {
  const byEnding = formatOfFile(formats, file);
  if (byEnding !== null && asked !== null && byEnding !== asked)
    throw new SpecError(`${flag} ${file}: its ending says ${byEnding.name} and --format says ${asked.name}; one file has one format`);
  const format = asked ?? byEnding ?? otherwise;
  if (format !== undefined) return format;
  const endings = Object.values(formats).flatMap((one) => one.endings);
  throw new SpecError(`${flag} ${file}: its ending names no format; use ${endings.join(", ")}${flag === "-o" ? ", or say --format" : ""}`);
}

/** @throws SpecError where a file cannot be written, before anything is computed. */
export async function refuseUnwritable(file: string, flag = "-o"): Promise<void> {
  const fail = (why: string, cause?: unknown) => new SpecError(`${flag} ${file}: ${why}`, { cause });
  const there = await stat(file).catch(() => null);
  if (there?.isDirectory() === true) throw fail("is a folder; give a file");
  const folder = dirname(resolve(file));
  const parent = await stat(folder).catch(() => null);
  if (parent === null || !parent.isDirectory()) throw fail(`there is no folder ${folder}; make it first`);
  try {
    // A device or pipe is written as it is; a file is replaced, which its folder must permit.
    await access(there === null || there.isFile() ? folder : file, constants.W_OK);
    if (there?.isFile() === true) await access(file, constants.W_OK);
  } catch (cause) {
    throw fail("no permission to write there", cause);
  }
}

function refuseBytesOnScreen<Item>(outputs: readonly Output<Item>[], { onTerminal }: OutputPlan<Item>): void {
  const shown = outputs.find(({ file, format }) => file === null && format.binary === true);
  if (shown !== undefined && onTerminal) throw new SpecError(`--format ${shown.format.name}: is no text for a terminal; give -o FILE`);
}

/** @throws SpecError where two outputs are one file. */
export function refuseTwice(outputs: readonly Pick<Output<never>, "file">[]): void {
  const places = outputs.map(({ file }) => (file === null ? "-" : resolve(file)));
  const twice = places.findIndex((place, i) => places.indexOf(place) !== i);
  if (twice >= 0) throw new SpecError(`-o ${outputs[twice]?.file ?? "-"}: stands twice; one file has one format`);
}

/** @throws SpecError where an output would replace one of the run's own inputs. */
export async function refuseOverwriting(
  outputs: readonly Pick<Output<never>, "file">[],
  inputs: readonly string[],
  flag = "-o",
): Promise<void> {
  const taken = new Set(await Promise.all(inputs.map((path) => realpath(path).catch(() => resolve(path)))));
  for (const { file } of outputs) {
    if (file === null) continue;
    const real = await realpath(file).catch(() => resolve(file));
    if (taken.has(real)) throw new SpecError(`${flag} ${file}: is an input of this run and would be overwritten`);
  }
}
