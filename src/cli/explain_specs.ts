import { ExplainError, SpecError, UnavailableError } from "../errors.js";
import type { Result } from "../results/result_schema.js";
import type { Override } from "../spec/overrides.js";
import { explain } from "../tasks/explain.js";
import { itemAt } from "../util/elements.js";
import { type Context, type VerbosityFlags, verbosityOf } from "./context.js";
import { type CostFlags, requireAffordable } from "./cost_limit.js";
import { type Delivery, type DeliveryOptions, openDelivery } from "./deliver.js";
import { discretion, OPEN } from "./discretion.js";
import { withPermission } from "./download.js";
import { type FigureFlags, figureOf } from "./figure_options.js";
import { asListOf, type JsonShape, refuseShape } from "./json_shape.js";
import { keptLine } from "./kept.js";
import { type LazyMemo, lazyMemo } from "./memo.js";
import { createModelPool, type ModelPool } from "./model_pool.js";
import { type OwnPlaces, type Places, planPlaces } from "./places.js";
import type { PolicyFlags } from "./policy.js";
import { type Presenting, presentable } from "./presentable.js";
import { createProgress, type Progress, type ProgressFlags } from "./progress.js";
import { type Ready, readySpecs } from "./ready_specs.js";
import { resourcesFor } from "./resources.js";
import { exitCodeOf, type Telling, tell } from "./telling.js";
import type { SpecSource, TypedFlags } from "./typed_spec.js";
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
  const ready = await readySpecs(specs, { overrides, places, flags, ...telling });
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
  const tally = { explained: 0, specs: specs.length };
  const job: Job = { ...telling, places, options, delivery, unfinished, flags, progress, pool, memo, tally };
  try {
    if (codes.length === 0 || flags.failFast !== true) await explainEach(ready, job);
  } finally {
    const interrupted = context.interrupt.signal.aborted;
    const kept = interrupted ? await keptLine(progress.played(), memo) : null;
    progress.end();
    const delivered = await delivery.close();
    await unfinished?.close(delivered);
    await memo.close();
    await pool?.close();
    if (telling.several && (codes.length > 0 || interrupted))
      terminal.say(`mllm-shap: ${tally.explained} of ${tally.specs} specs explained`);
    if (kept !== null) terminal.say(`mllm-shap: ${kept}`);
  }
  return exitCodeOf(codes, specs.length);
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
  readonly tally: { explained: number; readonly specs: number };
}

/** One after the other, until none is left, or nobody reads them. @throws only where the run was interrupted. */
async function explainEach(ready: readonly Ready[], job: Job): Promise<void> {
  const { flags, delivery, tally } = job;
  for (const spec of ready) {
    if (delivery.isUnread()) {
      tell(new ExplainError("nobody reads standard output any more: the rest is left"), null, job);
      break;
    }
    announce(spec, job);
    if (await explainOne(spec, job)) tally.explained++;
    else if (flags.failFast === true) break;
  }
}

/** Whose turn it is, where there are several. */
function announce({ path, number }: Ready, { several, flags, progress, verbosity, context, shown, tally: { specs } }: Job): void {
  if (!several) return;
  if (flags.progress === "json") progress.onEvent({ kind: "progress", label: "specs", done: number - 1, total: specs });
  else if (verbosity.loudness !== "quiet") context.terminal.say(`${shown.apply(path)} (${number} of ${specs})`);
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
