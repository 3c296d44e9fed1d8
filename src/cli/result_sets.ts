import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { readMerge } from "../batch/merge.js";
import { readSpan } from "../batch/recorded.js";
import { folderSet, idOf, linesSet, type ResultSet } from "../batch/result_set.js";
import { SpecError } from "../errors.js";
import type { Context } from "./context.js";
import { readResultFile, readText } from "./read_text.js";

/** A batch's folder and JSON Lines are read one by one, other files whole. */
export async function openSet(file: string, context: Context): Promise<ResultSet> {
  const path = resolve(context.cwd, file);
  const there = file === "-" ? null : await stat(path).catch(() => null);
  if (there?.isDirectory() === true) return await folderSet(path);
  if (there?.isFile() === true && /\.(jsonl|ndjson)$/i.test(file)) return await linesSet(path);
  const results = await readResultFile(file, context);
  const byId = new Map(results.map((result, i) => [idOf(result, i), result] as const));
  return {
    ids: [...byId.keys()],
    async read(id) {
      const result = byId.get(id);
      if (result === undefined) throw new SpecError(`${file}: there is no result of ${id}`);
      return result;
    },
  };
}

/** Whether a folder is there. */
export async function isFolder(file: string, { cwd }: Pick<Context, "cwd">): Promise<boolean> {
  return file !== "-" && (await stat(resolve(cwd, file)).catch(() => null))?.isDirectory() === true;
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
