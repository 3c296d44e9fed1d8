import { redact } from "../results/redact.js";
import type { Result } from "../results/result_schema.js";
import { loadSpec } from "../spec/load.js";
import type { Override } from "../spec/overrides.js";
import type { ExplainRequest } from "../spec/request.js";
import { explain } from "../tasks/explain.js";
import { maxOf } from "../util/arrays.js";
import { FORMATS } from "../views/result/formats.js";
import { type AudioOut, planAudioOut } from "./audio_out.js";
import { type Context, type Verbosity, type VerbosityFlags, verbosityOf } from "./context.js";
import { type Delivery, openDelivery } from "./deliver.js";
import { withPermission } from "./download.js";
import { failureOf } from "./failure.js";
import { type LazyMemo, lazyMemo } from "./memo.js";
import { createModelPool, type ModelPool } from "./model_pool.js";
import { type Output, planOutputs, refuseOverwriting } from "./outputs.js";
import { ffmpegOf, type PolicyFlags, policyOf } from "./policy.js";
import { createProgress, type Progress } from "./progress.js";
import { resourcesFor } from "./resources.js";

export interface ExplainFlags extends VerbosityFlags, PolicyFlags {
  readonly output?: readonly string[];
  readonly format?: string;
  /** `--no-run` */
  readonly run?: boolean;
  readonly redact?: boolean;
  readonly csvExcel?: boolean;
  readonly audioContent?: string;
  readonly audioOut?: string;
  readonly failFast?: boolean;
}

/**
 * Explains one spec after the other; a failure is told and the rest goes on. Each result goes out when it is there: an interruption
 * loses none that is finished.
 * @returns the exit code: for a single spec that of its failure, for several 1 if any failed.
 */
export async function explainSpecs(
  specs: readonly string[],
  overrides: readonly Override[],
  flags: ExplainFlags,
  context: Context,
): Promise<number> {
  const { terminal } = context;
  const verbosity = verbosityOf(flags);
  const outputs = await planOutputs<Result>({
    formats: FORMATS,
    files: flags.output ?? [],
    format: flags.format,
    onTerminal: terminal.stdoutIsTerminal,
  });
  const audioOut = flags.audioOut === undefined ? undefined : await planAudioOut(flags.audioOut, specs.length, ffmpegOf(context.env));
  const codes: number[] = [];
  const delivery = await openDelivery(outputs, context, {
    csvExcel: flags.csvExcel === true,
    announce: verbosity.loudness !== "quiet",
    onFailure: (error) => void codes.push(tell(error, verbosity, context)),
  });
  const progress = createProgress(terminal, verbosity.loudness);
  // A single run loads its own model, so that its duration tells the whole of it.
  const pool = specs.length > 1 ? createModelPool() : null;
  const memo = lazyMemo(context.env, progress.onEvent);
  const job: Job = { overrides, outputs, delivery, audioOut, flags, verbosity, progress, pool, memo, context, codes };
  let explained = 0;
  try {
    for (const [i, spec] of specs.entries()) {
      if (specs.length > 1 && verbosity.loudness !== "quiet") terminal.say(`${spec} (${i + 1} of ${specs.length})`);
      if (await explainOne(spec, specs.length > 1, job)) explained++;
      else if (flags.failFast === true) break;
    }
  } finally {
    progress.end();
    await delivery.close();
    await memo.close();
    await pool?.close();
    const whole = codes.length === 0 && !context.interrupt.signal.aborted;
    if (specs.length > 1 && !whole) terminal.say(`mllm-shap: ${explained} of ${specs.length} specs explained`);
  }
  return codes.length === 0 ? 0 : specs.length === 1 ? maxOf(codes) : 1;
}

/** What stays the same from spec to spec. */
interface Job {
  readonly overrides: readonly Override[];
  readonly outputs: readonly Output<Result>[];
  readonly delivery: Delivery<Result>;
  readonly audioOut: AudioOut | undefined;
  readonly flags: ExplainFlags;
  readonly verbosity: Verbosity;
  readonly progress: Progress;
  readonly pool: ModelPool | null;
  readonly memo: LazyMemo;
  readonly context: Context;
  /** Exit codes of what failed. */
  readonly codes: number[];
}

/** @returns whether it could be explained. @throws only where the run was interrupted. */
async function explainOne(spec: string, several: boolean, job: Job): Promise<boolean> {
  let result: Result;
  try {
    result = await resultOf(spec, job);
  } catch (error) {
    if (job.context.interrupt.signal.aborted) throw error;
    job.progress.end();
    job.codes.push(tell(error, job.verbosity, job.context, several ? spec : null));
    return false;
  }
  job.progress.end();
  await job.delivery.write(result);
  return true;
}

async function resultOf(path: string, { overrides, outputs, audioOut, flags, progress, pool, memo, context }: Job): Promise<Result> {
  const request = await loadSpec(path, { overrides, policy: policyOf(flags, context.env), stdin: context.stdin, cwd: context.cwd });
  await refuseOverwriting(outputs, inputsOf(request));
  if (flags.audioOut !== undefined) await refuseOverwriting([{ file: flags.audioOut }], inputsOf(request), "--audio-out");
  const resources = resourcesFor(flags, context, progress.onEvent);
  const audioContent = flags.audioContent === "base64" ? "base64" : "segments";
  const result = await withPermission(request, context, async (permitted) => {
    return await explain(permitted, {
      ...resources,
      audioContent,
      onAnswer: audioOut,
      memo: permitted.spec.run.cache ? await memo.get() : undefined,
      model: await pool?.get(permitted, resources),
    });
  });
  return presentable(result, flags);
}

function inputsOf({ source, paths }: ExplainRequest): readonly string[] {
  return [...(source.path === null ? [] : [source.path]), ...paths.audio.values()];
}

function presentable(result: Result, flags: ExplainFlags): Result {
  const { run, ...rest } = flags.redact === true ? redact(result) : result;
  return flags.run === false || run === undefined ? rest : { ...rest, run };
}

/**
 * One line, and the stack where `--debug` asks for it.
 * @param spec whose error it is, where that needs saying.
 * @returns the exit code.
 */
function tell(error: unknown, { debug }: Verbosity, { terminal }: Context, spec: string | null = null): number {
  const failure = failureOf(error);
  const where = spec === null || failure.message.startsWith(`${spec}:`) ? "" : `${spec}: `;
  terminal.say(`mllm-shap: ${where}${failure.message}`);
  if (debug) for (const line of failure.stack.split("\n")) terminal.say(line);
  return failure.exitCode;
}
