import type { ResultSet } from "../batch/result_set.js";
import { SpecError } from "../errors.js";
import { VERSION } from "../package.js";
import { type Averaging, averaging } from "../results/summary/averaging.js";
import { type NamedEvaluations, pairEvaluations, sumEvaluations } from "../results/summary/faithfulness.js";
import { createPairing, createSummary, type PairedBlock, type Summary } from "../results/summary/summary.js";
import { SUMMARY_FORMATS } from "../views/summary/formats.js";
import type { Context } from "./context.js";
import { deliver } from "./deliver.js";
import { planOutputs } from "./outputs.js";
import { openSet, readEvaluations } from "./result_sets.js";

export interface SummarizeFlags {
  readonly output?: readonly string[];
  readonly format?: string;
  readonly against?: readonly string[];
  readonly evaluations?: string;
  readonly againstEvaluations?: string;
  readonly confidence?: string;
  readonly seed?: string;
}

const CONFIDENCE = 0.95;

/** Sums up the results of files and of batches' folders, which are one set. @returns the exit code. */
export async function summarizeResults(files: readonly string[], flags: SummarizeFlags, context: Context): Promise<number> {
  const { against, evaluations, againstEvaluations } = flags;
  if (againstEvaluations !== undefined && evaluations === undefined)
    throw new SpecError("--against-evaluations: compares two sets of evaluations; --evaluations names the first");
  const inputs = [...files, ...(against ?? []), evaluations, againstEvaluations].filter((one) => one !== undefined);
  const outputs = await planOutputs<Summary>({
    formats: SUMMARY_FORMATS,
    files: flags.output ?? [],
    format: flags.format,
    onTerminal: context.terminal.stdoutIsTerminal,
    inputs,
  });
  const { confidence, seed } = settingsOf(flags);
  const mean = averaging(confidence, seed);
  const set = await openSet(files, context);
  const name = nameOf(files);
  const summing = createSummary({ name, toolVersion: VERSION, confidence, seed });
  for (const id of set.ids) summing.add(await set.read(id));
  const extra = {
    ...(await faithfulnessOf(flags, mean, context)),
    ...(against === undefined ? {} : { comparison: await pair(set, name, against, mean, context) }),
  };
  const summary = summing.end(extra);
  if (files.length > 1) warnOfMixture(summary.set, context);
  await deliver([summary], outputs, context);
  return 0;
}

/** What tables call a set. */
function nameOf([first = "-", second, ...more]: readonly string[]): string {
  if (second === undefined) return first;
  return more.length === 0 ? `${first} and ${second}` : `${first} and ${more.length + 1} more`;
}

/** Parts of one set are alike, as a rule. */
function warnOfMixture({ models, samplers, payoffs }: Summary["set"], { terminal }: Context): void {
  for (const [what, names] of Object.entries({ models, samplers, payoffs })) {
    if (names.length > 1)
      terminal.say(
        `warning: these are of ${names.length} ${what}: ${names.join(", ")}; means are over all of them (--against compares two sets)`,
      );
  }
}

/** What evaluations say together, and two sets of them in pairs. */
async function faithfulnessOf(
  { evaluations, againstEvaluations }: SummarizeFlags,
  mean: Averaging,
  context: Context,
): Promise<Pick<Summary, "faithfulness" | "faithfulness_comparison">> {
  if (evaluations === undefined) return {};
  const named = async (name: string): Promise<NamedEvaluations> => ({ name, evaluations: await readEvaluations(name, context) });
  const own = await named(evaluations);
  const faithfulness = sumEvaluations(own.evaluations, own.name, mean);
  if (againstEvaluations === undefined) return { faithfulness };
  return { faithfulness, faithfulness_comparison: pairEvaluations(own, await named(againstEvaluations), mean) };
}

function settingsOf({ confidence, seed }: SummarizeFlags): { readonly confidence: number; readonly seed: number } {
  const settings = { confidence: confidence === undefined ? CONFIDENCE : Number(confidence), seed: seed === undefined ? 0 : Number(seed) };
  if (!(settings.confidence > 0 && settings.confidence < 1))
    throw new SpecError(`--confidence ${confidence}: must lie between 0 and 1, such as 0.95`);
  if (!Number.isSafeInteger(settings.seed)) throw new SpecError(`--seed ${seed}: must be a whole number`);
  return settings;
}

async function pair(a: ResultSet, name: string, against: readonly string[], mean: Averaging, context: Context): Promise<PairedBlock> {
  const b = await openSet(against, context);
  const other = new Set(b.ids);
  const common = a.ids.filter((id) => other.has(id));
  const pairing = createPairing(name, nameOf(against), VERSION, mean);
  for (const id of common) pairing.add(await a.read(id), await b.read(id));
  return pairing.end(a.ids.length + b.ids.length - 2 * common.length);
}
