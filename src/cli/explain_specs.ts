import { ExplainError, SpecError, UnavailableError } from "../errors.js";
import type { Result } from "../results/result_schema.js";
import type { Override } from "../spec/overrides.js";
import type { ExplainRequest } from "../spec/request.js";
import { explain } from "../tasks/explain.js";
import { maxOf } from "../util/arrays.js";
import { itemAt } from "../util/elements.js";
import { type Context, type Verbosity, type VerbosityFlags, verbosityOf } from "./context.js";
import { type CostFlags, requireAffordable } from "./cost_limit.js";
import { type Delivery, type DeliveryOptions, openDelivery } from "./deliver.js";
import { type Discretion, discretion, OPEN } from "./discretion.js";
import { withPermission } from "./download.js";
import { failureOf } from "./failure.js";
import { type FigureFlags, figureOf } from "./figure_options.js";
import { asListOf, type JsonShape, refuseShape } from "./json_shape.js";
import { keptLine } from "./kept.js";
import { type LazyMemo, lazyMemo } from "./memo.js";
import { createModelPool, type ModelPool } from "./model_pool.js";
import type { Output } from "./outputs.js";
import { type OwnPlaces, type Places, planPlaces } from "./places.js";
import { type PolicyFlags, policyOf } from "./policy.js";
import { type Presenting, presentable } from "./presentable.js";
import { createProgress, type Progress, type ProgressFlags } from "./progress.js";
import { resourcesFor } from "./resources.js";
import { requireAsked } from "./server.js";
import { nameOf, requestFrom, type SpecSource, type TypedFlags } from "./typed_spec.js";
import { keepUnfinished, type Unfinished } from "./unfinished.js";

export interface ExplainFlags extends VerbosityFlags, PolicyFlags, CostFlags, FigureFlags, TypedFlags, Presenting, ProgressFlags {
  readonly output?: readonly string[];
  readonly format?: string;
  readonly csvExcel?: boolean;
  readonly audioContent?: string;
  readonly audioOut?: string;
  readonly archive?: string;
  readonly archiveWhole?: boolean;
  readonly failFast?: boolean;
  readonly jsonShape?: JsonShape;
}

/**
 * Checks all specs, then explains one after the other; a failure is told and the rest goes on. Each result goes out when it is there: an
 * interruption loses none that is finished.
 * @returns the exit code: for a single spec that of its failure, for several 1 if any failed.
 */
export async function explainSpecs(
  specs: readonly SpecSource[],
  overrides: readonly Override[],
  flags: ExplainFlags,
  context: Context,
): Promise<number> {
  const { terminal } = context;
  const verbosity = verbosityOf(flags);
  const shown = flags.redact === true ? discretion() : OPEN;
  const figure = await figureOf(flags);
  const places = await planPlaces(specs, flags, context);
  refuseShape(flags.jsonShape, places.shared, specs.length);
  const codes: number[] = [];
  if (flags.archiveWhole === true && flags.archive === undefined)
    throw new SpecError("--archive-whole says what --archive FILE keeps: give that too");
  const telling = { verbosity, context, shown, codes, several: specs.length > 1 };
  const ready = await checkSpecs(specs, { overrides, places, flags, ...telling });
  await requireAffordable({ count: ready.length, request: async (i) => itemAt(ready, i).request }, flags, context);
  const options: DeliveryOptions = {
    csvExcel: flags.csvExcel === true,
    figure,
    asList: asListOf(flags.jsonShape, 1),
    announce: verbosity.loudness !== "quiet",
    onFailure: (error) => tell(error, null, telling),
  };
  const delivery = await openDelivery(places.shared, context, { ...options, asList: asListOf(flags.jsonShape, specs.length) });
  const unfinished = telling.several ? await keepUnfinished(places.shared, terminal.say) : null;
  const progress = createProgress(terminal, verbosity.loudness, { wording: shown.apply, style: flags.progress });
  // A single run loads its own model, so that its duration tells the whole of it.
  const pool = specs.length > 1 ? createModelPool() : null;
  const memo = lazyMemo(context.env, progress.onEvent);
  const job: Job = { ...telling, places, options, delivery, unfinished, flags, progress, pool, memo };
  let explained = 0;
  try {
    if (codes.length > 0 && flags.failFast === true) ready.length = 0;
    for (const spec of ready) {
      const { path, number } = spec;
      if (delivery.isUnread()) {
        tell(new ExplainError("nobody reads standard output any more: the rest is left"), null, telling);
        break;
      }
      if (telling.several && flags.progress === "json")
        progress.onEvent({ kind: "progress", label: "specs", done: number - 1, total: specs.length });
      else if (telling.several && verbosity.loudness !== "quiet") terminal.say(`${shown.apply(path)} (${number} of ${specs.length})`);
      if (await explainOne(spec, job)) explained++;
      else if (flags.failFast === true) break;
    }
  } finally {
    const interrupted = context.interrupt.signal.aborted;
    const kept = interrupted ? await keptLine(progress.played(), memo) : null;
    progress.end();
    const delivered = await delivery.close();
    await unfinished?.close(delivered);
    await memo.close();
    await pool?.close();
    if (telling.several && (codes.length > 0 || interrupted)) terminal.say(`mllm-shap: ${explained} of ${specs.length} specs explained`);
    if (kept !== null) terminal.say(`mllm-shap: ${kept}`);
  }
  return exitCodeOf(codes, specs.length);
}

/** EX_TEMPFAIL: the same command may go on later. */
const LATER = 75;

/** Several that failed are one failure; where none but servers were in the way, it may go on later. */
function exitCodeOf(codes: readonly number[], specs: number): number {
  if (codes.length === 0) return 0;
  return specs === 1 || codes.every((code) => code === LATER) ? maxOf(codes) : 1;
}

/** How failures are told. */
interface Telling {
  readonly verbosity: Verbosity;
  readonly context: Context;
  readonly shown: Discretion;
  /** There are several specs: a failure says whose it is. */
  readonly several: boolean;
  /** Exit codes of what failed. */
  readonly codes: number[];
}

/** What stays the same from spec to spec. */
interface Job extends Telling {
  readonly places: Places;
  /** Of documents that hold one result. */
  readonly options: DeliveryOptions;
  readonly delivery: Delivery<Result>;
  readonly unfinished: Unfinished | null;
  readonly flags: ExplainFlags;
  readonly progress: Progress;
  readonly pool: ModelPool | null;
  readonly memo: LazyMemo;
}

/** A spec that may be explained. */
interface Ready {
  readonly path: string;
  readonly request: ExplainRequest;
  /** Counted from 1. */
  readonly number: number;
  /** What is written of it alone. */
  readonly own: OwnPlaces;
}

interface Checking extends Telling {
  readonly overrides: readonly Override[];
  readonly places: Places;
  readonly flags: ExplainFlags;
}

/** Reads every spec before any is explained, and tells of those that cannot be. */
async function checkSpecs(specs: readonly SpecSource[], checking: Checking): Promise<Ready[]> {
  const { flags, context, places, overrides } = checking;
  const ready: Ready[] = [];
  for (const [i, source] of specs.entries()) {
    const path = nameOf(source);
    try {
      if (source === "-" && specs.indexOf("-") < i) throw new SpecError("-: standard input is read once");
      const request = await requestFrom(source, flags, context.env, {
        overrides,
        policy: policyOf(flags, context.env),
        stdin: context.stdin,
        cwd: context.cwd,
      });
      requireAsked(request, flags);
      checking.shown.learn(request);
      if (checking.verbosity.loudness !== "quiet") for (const note of request.notes) context.terminal.say(`${path}: note: ${note}`);
      const own = await places.open(i, inputsOf(request));
      if (!isHeard(request)) refuseWithoutSound([...places.shared, ...own.outputs]);
      ready.push({ path, request, number: i + 1, own });
    } catch (error) {
      if (context.interrupt.signal.aborted) throw error;
      tell(error, path, checking);
    }
  }
  return ready;
}

/** @returns whether it could be explained. @throws only where the run was interrupted. */
async function explainOne(spec: Ready, job: Job): Promise<boolean> {
  const { path, own } = spec;
  let result: Result;
  try {
    result = await resultOf(spec, job);
  } catch (error) {
    if (job.context.interrupt.signal.aborted) throw error;
    const kept = error instanceof UnavailableError ? await keptLine(job.progress.played(), job.memo) : null;
    job.progress.end();
    tell(error, path, job);
    if (kept !== null) job.context.terminal.say(`mllm-shap: ${kept}`);
    return false;
  }
  job.progress.end();
  await job.delivery.write(result);
  try {
    await job.unfinished?.keep(result);
    await writeOwn(result, own, job);
    await own.archive?.write(result);
  } catch (error) {
    tell(error, path, job);
  }
  return true;
}

async function writeOwn(result: Result, { outputs }: OwnPlaces, { context, options }: Job): Promise<void> {
  if (outputs.length === 0) return;
  const delivery = await openDelivery(outputs, context, options);
  await delivery.write(result);
  await delivery.close();
}

async function resultOf({ request, own }: Ready, { places, flags, progress, pool, memo, context }: Job): Promise<Result> {
  const resources = resourcesFor(flags, context, progress.onEvent);
  const result = await withPermission(request, context, async (permitted) => {
    return await explain(permitted, {
      ...resources,
      audioContent: places.audioContent,
      onAnswer: own.audioOut,
      onRecording: own.archive?.keep,
      recordWhole: flags.archiveWhole,
      memo: permitted.spec.run.cache ? await memo.get() : undefined,
      model: await pool?.get(permitted, resources),
    });
  });
  return presentable(result, flags, context.cwd);
}

const isHeard = ({ paths }: ExplainRequest): boolean => paths.audio.size + paths.sounds.size > 0;

/** @throws SpecError before anything is computed where an output could show nothing of it. */
function refuseWithoutSound(outputs: readonly Output<Result>[]): void {
  const silent = outputs.find(({ format }) => format.needsSound === true);
  if (silent === undefined) return;
  const where = silent.file === null ? `--format ${silent.format.name}` : `-o ${silent.file}`;
  throw new SpecError(`${where}: ${silent.format.name} holds stretches of sound, and the conversation has none`);
}

function inputsOf({ source, paths }: ExplainRequest): readonly string[] {
  return [...(source.path === null ? [] : [source.path]), ...paths.audio.values()];
}

/**
 * One line, and the stack where `--debug` asks for it; the exit code is kept.
 * @param spec whose error it is; null where it is no spec's.
 */
function tell(error: unknown, spec: string | null, { verbosity, context, shown, several, codes }: Telling): void {
  const failure = failureOf(error);
  const where = spec === null || !several || failure.message.startsWith(`${spec}:`) ? "" : `${spec}: `;
  const lines = [`mllm-shap: ${where}${failure.message}`, ...(verbosity.debug ? failure.stack.split("\n") : [])];
  for (const line of lines) context.terminal.say(shown.apply(line));
  codes.push(failure.exitCode);
}
