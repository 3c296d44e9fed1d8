import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { type Found, type Merge, type Place, readMerge } from "../../batch/merge.js";
import { readSpan } from "../../batch/recorded.js";
import { MllmShapError, SpecError } from "../../errors.js";
import { type Context, type VerbosityFlags, verbosityOf } from "../context.js";
import { openDelivery } from "../deliver.js";
import { writeOutput } from "../files.js";
import { planOutputs, refuseUnwritable } from "../outputs.js";
import type { Presenting } from "../presentable.js";
import { named, saidTwice } from "../result_sets.js";
import { EVALUATIONS, type Mergeable, resultsWith } from "./mergeable.js";

export interface MergeFlags extends VerbosityFlags, Presenting {
  readonly output?: readonly string[];
  readonly format?: string;
  readonly partial?: boolean;
  readonly missing?: string;
  readonly evaluations?: string;
  readonly csvExcel?: boolean;
}

/**
 * Puts the results of a batch's folder together, in the manifest's order.
 * @returns the exit code: 1 where any are missing, unless that was agreed to.
 */
export async function mergeBatch(folder: string, flags: MergeFlags, context: Context): Promise<number> {
  if (flags.output === undefined) throw new SpecError("merge needs -o FILE (.jsonl, .csv, .parquet, .html; - is stdout)");
  const merge = await readFolder(resolve(context.cwd, folder), folder);
  const differing = await (merge.task === "explain"
    ? write(merge, await resultsWith(flags.evaluations, context), flags, context)
    : write(merge, evaluationsAlone(folder, flags), flags, context));
  if (context.interrupt.signal.aborted) return context.interrupt.exitCode() ?? 1;
  if (flags.missing !== undefined) await writeOutput(flags.missing, merge.missing.map(({ id }) => `${id}\n`).join(""));
  return tell(merge, differing, flags, context);
}

/** @throws SpecError where evaluations are to be put beside evaluations. */
function evaluationsAlone(folder: string, { evaluations }: MergeFlags): typeof EVALUATIONS {
  if (evaluations !== undefined) throw new SpecError(`--evaluations: ${folder} holds evaluations itself; it goes with a folder of results`);
  return EVALUATIONS;
}

/** Writes what was found to every output. @returns ids of what was recorded twice and differs. */
async function write<Item extends object>(
  { found }: Merge,
  kind: Mergeable<Item>,
  { output: files = [], ...flags }: MergeFlags,
  context: Context,
): Promise<readonly string[]> {
  const outputs = await planOutputs({
    formats: kind.formats,
    files,
    format: flags.format ?? (files.includes("-") ? JSON_LINES : undefined),
    onTerminal: context.terminal.stdoutIsTerminal,
  });
  if (flags.missing !== undefined) await refuseUnwritable(flags.missing, "--missing");
  const delivery = await openDelivery(outputs, context, { csvExcel: flags.csvExcel === true });
  const differing: string[] = [];
  for (const one of found) {
    await delivery.write(kind.shown(await itemOf(one, kind, differing), flags, context.cwd));
    if (delivery.isUnread() || context.interrupt.signal.aborted) break;
  }
  await delivery.close();
  return differing;
}

/** What goes to standard output where nothing else is said. */
const JSON_LINES = "jsonl";

async function readFolder(folder: string, name: string): Promise<Merge> {
  if ((await stat(folder).catch(() => null))?.isDirectory() !== true) throw new SpecError(`${name}: no such folder`);
  const merge = await readMerge(folder);
  if (merge.found.length + merge.missing.length === 0) throw new SpecError(`${name}: no batch has been run into this folder`);
  return merge;
}

/** The first that was recorded, under the manifest's id. */
async function itemOf<Item extends object>({ id, key, places }: Found, kind: Mergeable<Item>, differing: string[]): Promise<Item> {
  const [first, ...others] = await readAll(places, kind);
  if (first === undefined) throw new MllmShapError(`${id}: its result is gone`);
  if (others.some((other) => !kind.same(first, other))) differing.push(id);
  return { ...first, id, key };
}

async function readAll<Item>(places: readonly Place[], kind: Pick<Mergeable<Item>, "read">): Promise<readonly Item[]> {
  const items: Item[] = [];
  for (const place of places) items.push(kind.read(await readSpan(place.path, place), place.path));
  return items;
}

function tell(
  { found, missing, unplanned, others }: Merge,
  differing: readonly string[],
  flags: MergeFlags,
  { terminal }: Context,
): number {
  const say = (words: string) => terminal.say(`mllm-shap: ${words}`);
  const failed = missing.filter(({ failure }) => failure !== null);
  const lost = missing.length + unplanned;
  if (differing.length > 0) terminal.say(saidTwice(differing));
  if (others > 0 && verbosityOf(flags).loudness !== "quiet")
    terminal.say(`${count(others)} results are of conversations that the manifest does not have: left out`);
  if (verbosityOf(flags).loudness !== "quiet" || lost > 0)
    say(`${count(found.length)} done, ${count(failed.length)} failed, ${count(lost - failed.length)} missing`);
  if (missing.length > 0)
    say(
      `without a result: ${named(
        missing.map(({ id, failure }) => (failure === null ? id : `${id} (${failure.message})`)),
        " (--missing FILE lists all)",
      )}`,
    );
  if (unplanned > 0) say(`${count(unplanned)} conversations are of shards that never started`);
  return lost > 0 && flags.partial !== true ? 1 : 0;
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}
