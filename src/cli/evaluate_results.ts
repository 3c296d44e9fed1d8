import { dirname, resolve } from "node:path";
import { SpecError, UnavailableError } from "../errors.js";
import type { Evaluation } from "../results/evaluation.js";
import type { Result } from "../results/result_schema.js";
import type { ExplainRequest } from "../spec/request.js";
import { evaluate } from "../tasks/evaluate.js";
import { EVALUATION_FORMATS } from "../views/evaluation.js";
import { type Context, type VerbosityFlags, verbosityOf } from "./context.js";
import { openDelivery } from "./deliver.js";
import { withPermission } from "./download.js";
import { evaluatedOverrides, evaluatedRequest, specFolderOf, type WhereFlags } from "./evaluated_request.js";
import { keptLine } from "./kept.js";
import { type LazyMemo, lazyMemo } from "./memo.js";
import { planOutputs } from "./outputs.js";
import { type PolicyFlags, policyOf } from "./policy.js";
import { createProgress, type Progress, type ProgressFlags } from "./progress.js";
import { readResultFile } from "./read_text.js";
import { resourcesFor } from "./resources.js";

export interface EvaluateFlags extends VerbosityFlags, PolicyFlags, ProgressFlags, WhereFlags {
  readonly output?: string;
  readonly format?: string;
  readonly rankings?: string;
  /** `--no-run` */
  readonly run?: boolean;
  /** `--no-cache` */
  readonly cache?: boolean;
}

/** Evaluates every result of a file; those that are finished go out whatever becomes of the rest. */
export async function evaluateResults(file: string, flags: EvaluateFlags, context: Context): Promise<number> {
  const outputs = await planOutputs<Evaluation>({
    formats: EVALUATION_FORMATS,
    files: flags.output === undefined ? [] : [flags.output],
    format: flags.format,
    onTerminal: context.terminal.stdoutIsTerminal,
    otherwise: EVALUATION_FORMATS.json,
    inputs: [file],
  });
  const rankings = rankingsOf(flags);
  const progress = createProgress(context.terminal, verbosityOf(flags).loudness, { style: flags.progress });
  const memo = lazyMemo(context.env, progress.onEvent);
  const delivery = await openDelivery(outputs, context);
  let gone = false;
  try {
    for (const result of await readResultFile(file, context)) {
      const evaluation = await evaluateOne(result, rankings, flags, { file, context, progress, memo });
      progress.end();
      await delivery.write(evaluation);
    }
  } catch (error) {
    gone = error instanceof UnavailableError;
    throw error;
  } finally {
    const kept = gone || context.interrupt.signal.aborted ? await keptLine(progress.played(), memo) : null;
    progress.end();
    await memo.close();
    await delivery.close();
    if (kept !== null) context.terminal.say(`mllm-shap: ${kept}`);
  }
  return 0;
}

interface Tools {
  /** Where the results came from; "-" is stdin. */
  readonly file: string;
  readonly context: Context;
  readonly progress: Progress;
  readonly memo: LazyMemo;
}

async function evaluateOne(
  result: Result,
  rankings: number | undefined,
  flags: EvaluateFlags,
  { file, context, progress, memo }: Tools,
): Promise<Evaluation> {
  const request = await requestFor(result, file, flags, context);
  const resources = resourcesFor(flags, context, progress.onEvent);
  const remembers = flags.cache !== false && request.spec.run.cache;
  const { run: cost, ...evaluation } = await withPermission(request, context, async (permitted) =>
    evaluate(result, permitted, { ...resources, rankings, memo: remembers ? await memo.get() : undefined }),
  );
  return flags.run === false || cost === undefined ? evaluation : { ...evaluation, run: cost };
}

/** A result may be a stranger's: what it says of where its spec lay has no say in what may be read now. */
async function requestFor(result: Result, file: string, flags: EvaluateFlags, { cwd, env }: Context): Promise<ExplainRequest> {
  const own = file === "-" ? cwd : dirname(resolve(cwd, file));
  const folder = await specFolderOf(flags, own, cwd);
  const options = { policy: policyOf(flags, env), overrides: evaluatedOverrides(flags), cwd };
  return await evaluatedRequest(result, folder, options, flags.folder !== undefined);
}

export function rankingsOf({ rankings }: EvaluateFlags): number | undefined {
  if (rankings === undefined) return undefined;
  const count = Number(rankings);
  if (!Number.isInteger(count) || count < 2 || count > 100_000)
    throw new SpecError(`--rankings ${rankings}: must be a whole number from 2`);
  return count;
}
