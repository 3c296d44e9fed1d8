import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { folderSet, idOf, linesSet, type ResultSet } from "../batch/result_set.js";
import { SpecError } from "../errors.js";
import { VERSION } from "../package.js";
import { averaging, createPairing, createSummary, type PairedBlock, type Summary, sumEvaluations } from "../results/summary/summary.js";
import { SUMMARY_FORMATS } from "../views/summary/formats.js";
import type { Context } from "./context.js";
import { deliver } from "./deliver.js";
import { planOutputs } from "./outputs.js";
import { readResultFile, readText } from "./read_text.js";

export interface SummarizeFlags {
  readonly output?: readonly string[];
  readonly format?: string;
  readonly against?: string;
  readonly evaluations?: string;
  readonly confidence?: string;
  readonly seed?: string;
}

const CONFIDENCE = 0.95;

/** Sums up the results of a file or of a batch's folder. @returns the exit code. */
export async function summarizeResults(file: string, flags: SummarizeFlags, context: Context): Promise<number> {
  const { against, evaluations } = flags;
  const inputs = [file, against, evaluations].filter((one) => one !== undefined);
  const outputs = await planOutputs<Summary>({
    formats: SUMMARY_FORMATS,
    files: flags.output ?? [],
    format: flags.format,
    onTerminal: context.terminal.stdoutIsTerminal,
    inputs,
  });
  const { confidence, seed } = settingsOf(flags);
  const mean = averaging(confidence, seed);
  const set = await openSet(file, context);
  const summing = createSummary({ name: file, toolVersion: VERSION, confidence, seed });
  for (const id of set.ids) summing.add(await set.read(id));
  const extra = {
    ...(evaluations === undefined ? {} : { faithfulness: sumEvaluations(await readList(evaluations, context), evaluations, mean) }),
    ...(against === undefined ? {} : { comparison: await pair(set, file, against, mean, context) }),
  };
  await deliver([summing.end(extra)], outputs, context);
  return 0;
}

function settingsOf({ confidence, seed }: SummarizeFlags): { readonly confidence: number; readonly seed: number } {
  const settings = { confidence: confidence === undefined ? CONFIDENCE : Number(confidence), seed: seed === undefined ? 0 : Number(seed) };
  if (!(settings.confidence > 0 && settings.confidence < 1))
    throw new SpecError(`--confidence ${confidence}: must lie between 0 and 1, such as 0.95`);
  if (!Number.isSafeInteger(settings.seed)) throw new SpecError(`--seed ${seed}: must be a whole number`);
  return settings;
}

/** A batch's folder and JSON Lines are read one by one, other files whole. */
async function openSet(file: string, context: Context): Promise<ResultSet> {
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

async function pair(
  a: ResultSet,
  name: string,
  against: string,
  mean: ReturnType<typeof averaging>,
  context: Context,
): Promise<PairedBlock> {
  const b = await openSet(against, context);
  const other = new Set(b.ids);
  const common = a.ids.filter((id) => other.has(id));
  const pairing = createPairing(name, against, VERSION, mean);
  for (const id of common) pairing.add(await a.read(id), await b.read(id));
  return pairing.end(a.ids.length + b.ids.length - 2 * common.length);
}

/** One evaluation, or a list of them. */
async function readList(file: string, context: Context): Promise<readonly unknown[]> {
  try {
    const value: unknown = JSON.parse(await readText(file, context));
    return Array.isArray(value) ? value : [value];
  } catch (cause) {
    if (cause instanceof SpecError) throw cause;
    throw new SpecError(`${file}: is not JSON, as mllm-shap evaluate gives it`, { cause });
  }
}
