import { stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Command } from "commander";
import { SpecError } from "../../errors.js";
import { evaluate, RANKINGS, requestOfResult } from "../../evaluate.js";
import type { Evaluation } from "../../results/evaluation.js";
import type { Result } from "../../results/result_schema.js";
import { flagOverride } from "../../spec/overrides.js";
import type { ExplainRequest } from "../../spec/request.js";
import { evaluationText } from "../../views/evaluation_text.js";
import { type Context, type MannerFlags, mannersOf } from "../context.js";
import { checkDocument, type DocumentFlags, deliverDocuments, documentOptions, readResultFile } from "../documents.js";
import { withPermission } from "../download.js";
import { lazyMemo } from "../memo.js";
import { ffmpegOf, type PolicyFlags, policyOf, tokenOf } from "../policy.js";
import { createProgress } from "../progress.js";

export interface EvaluateFlags extends DocumentFlags, MannerFlags, PolicyFlags {
  readonly folder?: string;
  readonly repo?: string;
  readonly device?: string;
  readonly rankings?: string;
  /** `--no-run` */
  readonly run?: boolean;
  /** `--no-cache` */
  readonly cache?: boolean;
}

/** Flags of `evaluate`; manners and permissions are added by the program. */
export function evaluateOptions(command: Command): Command {
  command.argument("<result>", "a result of explain, as JSON or JSON Lines; - reads standard input");
  for (const option of documentOptions()) command.addOption(option);
  return command
    .option("--folder <folder>", "where the spec's relative paths start (default: the spec's own folder)")
    .option("--repo <repo>", "where the model lies now; its files must be those that were explained")
    .option("--device <name>", "where the model runs: auto, cpu, cuda, webgpu (default: as in the spec)")
    .option("--rankings <n>", `random rankings to compare with (default: ${RANKINGS})`)
    .option("--no-run", "leave out cost and duration, which differ from run to run")
    .option("--no-cache", "neither use nor keep answers on disk");
}

/** Plays every result's ranking against its model again. */
export async function evaluateCommand(file: string, flags: EvaluateFlags, context: Context): Promise<number> {
  await checkDocument(flags, [file]);
  const rankings = rankingsOf(flags);
  const progress = createProgress(context.terminal, mannersOf(flags).loudness);
  const memo = lazyMemo(context.env, progress.onEvent);
  const evaluations: Evaluation[] = [];
  try {
    for (const result of await readResultFile(file, context)) {
      const request = await requestFor(result, flags, context);
      const run = {
        signal: context.interrupt.signal,
        onEvent: progress.onEvent,
        token: tokenOf(context.env),
        ffmpegPath: ffmpegOf(context.env),
      };
      const remembers = flags.cache !== false && request.spec.run.cache;
      const { run: cost, ...evaluation } = await withPermission(request, context, async (permitted) =>
        evaluate(result, permitted, { ...run, rankings, memo: remembers ? await memo.get() : undefined }),
      );
      evaluations.push(flags.run === false || cost === undefined ? evaluation : { ...evaluation, run: cost });
    }
    progress.end();
    await deliverDocuments(evaluations, evaluationText, flags, context);
    return 0;
  } finally {
    progress.end();
    await memo.close();
  }
}

async function requestFor(result: Result, flags: EvaluateFlags, { cwd, env }: Context): Promise<ExplainRequest> {
  const { path } = result.spec;
  const folder = flags.folder === undefined ? (path === null ? cwd : dirname(resolve(cwd, path))) : resolve(cwd, flags.folder);
  if ((await stat(folder).catch(() => null))?.isDirectory() !== true) {
    throw new SpecError(`there is no folder ${folder}, from which the spec's paths start: say where it is now with --folder`);
  }
  const overrides = (["repo", "device"] as const).flatMap((key) => {
    const value = flags[key];
    return value === undefined ? [] : [flagOverride(["model", key], `--${key}`, value)];
  });
  return await requestOfResult(result, folder, { policy: policyOf(flags, env), overrides, cwd });
}

function rankingsOf({ rankings }: EvaluateFlags): number | undefined {
  if (rankings === undefined) return undefined;
  const count = Number(rankings);
  if (!Number.isInteger(count) || count < 2 || count > 100_000)
    throw new SpecError(`--rankings ${rankings}: must be a whole number from 2`);
  return count;
}
