import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { readMerge } from "../batch/merge.js";
import { readSpan } from "../batch/recorded.js";
import { type Entry, folderEntries, heldEntries, joinEntries, linesEntries, type ResultSet } from "../batch/result_set.js";
import { SpecError } from "../errors.js";
import { append } from "../util/arrays.js";
import type { Context } from "./context.js";
import { isFolder, readResultFile, readText } from "./read_text.js";

/**
 * The results of files and folders as one set; of what was recorded twice with other values, and of parts that hold none, a warning is said. A batch's folder and JSON Lines are
 * read one by one, other files whole.
 * @throws SpecError where one cannot be read, or two explanations that are not the same have one id.
 */
export async function openSet(files: readonly string[], context: Context): Promise<ResultSet> {
  const entries: Entry[] = [];
  if (files.filter((file) => file === "-").length > 1) throw new SpecError("-: standard input is read once");
  for (const file of files) {
    const found = await entriesOf(file, entries.length, context);
    if (found.length === 0 && files.length > 1) context.terminal.say(`warning: ${file}: holds no result, and is left out`);
    append(entries, found);
  }
  const set = await joinEntries(entries);
  if (set.differing.length > 0) context.terminal.say(saidTwice(set.differing));
  return set;
}

async function entriesOf(file: string, before: number, context: Context): Promise<readonly Entry[]> {
  const path = resolve(context.cwd, file);
  const there = file === "-" ? null : await stat(path).catch(() => null);
  if (there?.isDirectory() === true) return await folderEntries(path, file);
  if (there?.isFile() === true && /\.(jsonl|ndjson)$/i.test(file)) return await linesEntries(path, file, before);
  return heldEntries(await readResultFile(file, context), file, before);
}

/** What is said of conversations whose results differ where they should not. */
export function saidTwice(ids: readonly string[]): string {
  return `warning: recorded twice with other values, the first is taken: ${named(ids)} (GPUs and libraries differ from run to run)`;
}

/** Conversations that a message names. */
const NAMED = 10;

/** The first of many names. @param hint where all of them are to be had. */
export function named(names: readonly string[], hint = ""): string {
  const more = names.length - NAMED;
  return names.slice(0, NAMED).join(", ") + (more > 0 ? ` and ${more.toLocaleString("en-US")} more${hint}` : "");
}

/**
 * What evaluate wrote, unchecked: one evaluation, a list, JSON Lines, or the folder of a set, as far as it has come.
 * @throws SpecError where it is none of these.
 */
export async function readEvaluations(file: string, context: Context): Promise<readonly unknown[]> {
  if (await isFolder(file, context)) return await folderEvaluations(resolve(context.cwd, file), file);
  const text = await readText(file, context);
  try {
    return listOf(text);
  } catch (cause) {
    throw new SpecError(`${file}: is not JSON, as mllm-shap evaluate gives it`, { cause });
  }
}

/** @throws SyntaxError */
function listOf(text: string): readonly unknown[] {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  if (lines.length > 1 && lines.every((line) => line.startsWith("{") && line.trimEnd().endsWith("}"))) {
    return lines.map((line) => JSON.parse(line) as unknown);
  }
  const value: unknown = JSON.parse(text);
  return Array.isArray(value) ? value : [value];
}

async function folderEvaluations(folder: string, name: string): Promise<readonly unknown[]> {
  const { task, found } = await readMerge(folder);
  if (task !== "evaluate") throw new SpecError(`${name}: holds no evaluations, as mllm-shap evaluate keeps them`);
  const evaluations: unknown[] = [];
  for (const { id, places } of found) {
    const [first] = places;
    // Of one key there is one record, under the first of the ids that share it.
    if (first !== undefined) evaluations.push({ ...(JSON.parse(await readSpan(first.path, first)) as object), id });
  }
  return evaluations;
}
