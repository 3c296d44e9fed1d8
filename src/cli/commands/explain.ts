import { append, maxOf } from "../../arrays.js";
import { explain } from "../../explain.js";
import { FORMATS } from "../../report/formats.js";
import { redact } from "../../report/redact.js";
import type { Result } from "../../report/result_schema.js";
import { loadSpec } from "../../spec/load.js";
import type { Override } from "../../spec/overrides.js";
import type { ExplainRequest } from "../../spec/request.js";
import { type AudioOut, planAudioOut } from "../audio_out.js";
import { type Context, type MannerFlags, type Manners, mannersOf } from "../context.js";
import { withPermission } from "../download.js";
import { failureOf } from "../failure.js";
import { type LazyMemo, lazyMemo } from "../memo.js";
import { createModelPool, type ModelPool } from "../model_pool.js";
import { type Output, planOutputs, refuseOverwriting, writeOutput } from "../outputs.js";
import { ffmpegOf, type PolicyFlags, policyOf, tokenOf } from "../policy.js";
import { createProgress, type Progress } from "../progress.js";

export interface ExplainFlags extends MannerFlags, PolicyFlags {
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
 * Explains one spec after the other; a failure is told and the rest goes on.
 * @returns the exit code: for a single spec that of its failure, for several 1 if any failed.
 */
export async function explainCommand(
  specs: readonly string[],
  overrides: readonly Override[],
  flags: ExplainFlags,
  context: Context,
): Promise<number> {
  const { terminal } = context;
  const manners = mannersOf(flags);
  const outputs = await planOutputs(flags.output ?? [], flags.format, terminal.stdoutIsTerminal ? "text" : "json");
  const audioOut = flags.audioOut === undefined ? undefined : await planAudioOut(flags.audioOut, specs.length, ffmpegOf(context.env));
  const progress = createProgress(terminal, manners.loudness);
  // A single run loads its own model, so that its duration tells the whole of it.
  const pool = specs.length > 1 ? createModelPool() : null;
  const memo = lazyMemo(context.env, progress.onEvent);
  const job: Job = { overrides, outputs, audioOut, flags, manners, progress, pool, memo, context };
  try {
    const { results, codes } = await explainAll(specs, job);
    if (results.length > 0) append(codes, await deliver(results, job));
    if (specs.length > 1 && codes.length > 0) terminal.say(`mllm-shap: ${results.length} of ${specs.length} specs explained`);
    return codes.length === 0 ? 0 : specs.length === 1 ? maxOf(codes) : 1;
  } finally {
    progress.end();
    await memo.close();
    await pool?.close();
  }
}

/** What stays the same from spec to spec. */
interface Job {
  readonly overrides: readonly Override[];
  readonly outputs: readonly Output[];
  readonly audioOut: AudioOut | undefined;
  readonly flags: ExplainFlags;
  readonly manners: Manners;
  readonly progress: Progress;
  readonly pool: ModelPool | null;
  readonly memo: LazyMemo;
  readonly context: Context;
}

async function explainAll(specs: readonly string[], job: Job): Promise<{ readonly results: readonly Result[]; readonly codes: number[] }> {
  const { terminal, interrupt } = job.context;
  const results: Result[] = [];
  const codes: number[] = [];
  for (const [i, spec] of specs.entries()) {
    try {
      if (specs.length > 1 && job.manners.loudness !== "quiet") terminal.say(`${spec} (${i + 1} of ${specs.length})`);
      results.push(await explainOne(spec, job));
    } catch (error) {
      if (interrupt.signal.aborted) throw error;
      job.progress.end();
      codes.push(tell(error, job.manners, job.context, specs.length > 1 ? spec : null));
      if (job.flags.failFast === true) break;
    }
  }
  job.progress.end();
  return { results, codes };
}

async function explainOne(path: string, { overrides, outputs, audioOut, flags, progress, pool, memo, context }: Job): Promise<Result> {
  const request = await loadSpec(path, { overrides, policy: policyOf(flags, context.env), stdin: context.stdin, cwd: context.cwd });
  await refuseOverwriting(outputs, inputsOf(request));
  if (flags.audioOut !== undefined) await refuseOverwriting([{ file: flags.audioOut }], inputsOf(request), "--audio-out");
  const run = { signal: context.interrupt.signal, onEvent: progress.onEvent };
  const audioContent = flags.audioContent === "base64" ? "base64" : "segments";
  const result = await withPermission(request, context, async (permitted) => {
    const load = { ...run, token: tokenOf(context.env), ffmpegPath: ffmpegOf(context.env) };
    return await explain(permitted, {
      ...load,
      audioContent,
      onAnswer: audioOut,
      memo: permitted.spec.run.cache ? await memo.get() : undefined,
      model: await pool?.get(permitted, load),
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

/** Every output is tried; @returns an exit code for each that failed. */
async function deliver(results: readonly Result[], { outputs, flags, manners, context }: Job): Promise<readonly number[]> {
  const { terminal, interrupt } = context;
  const codes: number[] = [];
  for (const { file, format } of outputs) {
    interrupt.signal.throwIfAborted();
    try {
      const colorLevel = file === null ? terminal.colorLevel : 0;
      const text = FORMATS[format].render(results, { csvExcel: flags.csvExcel === true, width: terminal.columns, colorLevel });
      if (file === null) await terminal.print(text);
      else await writeOutput(file, text);
      if (file !== null && manners.loudness !== "quiet") terminal.say(`wrote ${file}`);
    } catch (error) {
      codes.push(tell(error, manners, context));
    }
  }
  return codes;
}

/**
 * One line, and the stack where `--debug` asks for it.
 * @param spec whose error it is, where that needs saying.
 * @returns the exit code.
 */
function tell(error: unknown, { debug }: Manners, { terminal }: Context, spec: string | null = null): number {
  const failure = failureOf(error);
  const where = spec === null || failure.message.startsWith(`${spec}:`) ? "" : `${spec}: `;
  terminal.say(`mllm-shap: ${where}${failure.message}`);
  if (debug) for (const line of failure.stack.split("\n")) terminal.say(line);
  return failure.exitCode;
}
