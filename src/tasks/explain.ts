import type { ModelResponse } from "../chat/model_response.js";
import type { Model } from "../connectors/types.js";
import { SpecError } from "../errors.js";
import { PAYOFFS } from "../payoffs/registry.js";
import { buildResult, type Explained } from "../results/build_result.js";
import type { AudioContent } from "../results/conversation_block.js";
import { buildRecording, type Recording } from "../results/recording.js";
import type { Result } from "../results/result_schema.js";
import { NORMALIZERS } from "../shapley/normalizers.js";
import type { ExplainRequest } from "../spec/request.js";
import type { Spec } from "../spec/schema.js";
import { withSignal } from "../util/abort.js";
import { RUNTIME, VERSION } from "../version.js";
import { type OpenRunOptions, openRun } from "./open_run.js";
import { answerUnits } from "./outputs.js";
import { planOf, playPlan } from "./play_plan.js";

export interface ExplainOptions extends OpenRunOptions {
  /** How audio stands in the result. @default "segments" */
  readonly audioContent?: AudioContent | undefined;
  /** Told of the answer before it is explained. */
  readonly onAnswer?: ((answer: ModelResponse, model: Model) => Promise<void>) | undefined;
  /** Told of all that the model was asked and answered, once the result is there; `rescore` explains it again without the model. */
  readonly onRecording?: ((recording: Recording) => void | Promise<void>) | undefined;
  /**
   * The recording has the model's answers and log-probabilities both, whichever the payoff needs, so that `rescore` can take payoffs of either kind: the model is asked
   * of every input once more, for the other. @default false
   */
  readonly recordWhole?: boolean | undefined;
}

/**
 * Explains the answer of one conversation: the whole of the tool as a function.
 * @throws SpecError, ConnectorError, AudioError or ExplainError; an abort rejects with the signal's reason.
 */
export async function explain(request: ExplainRequest, options: ExplainOptions = {}): Promise<Result> {
  return await withSignal(options.signal, () => explainOne(request, options));
}

async function explainOne(request: ExplainRequest, options: ExplainOptions): Promise<Result> {
  const started = performance.now();
  await using run = await openRun(request, options);
  const { spec, source, given } = request;
  const { model, inputs, aligner, chat } = run;
  // Before the model is asked: a budget that cannot be played costs nothing.
  const plan = planOf(run);
  if (options.recordWhole === true && !model.can.score) {
    throw new SpecError(
      `${model.identity.connector}: this model gives no log-probabilities, so a recording of both kinds is not to be had`,
    );
  }
  const { game, target, steps, contrast, choice, encoder, wholeRecording } = await run.openGame();
  await options.onAnswer?.(target, model);
  const warnings = [...run.warnings];
  const units = answerUnits(game, steps, spec, run.options);
  const { outcome, players, interactions } = await playPlan(game, plan, run, units);
  const stats = game.stats();
  const { calls, tokens, passes, plan: how } = run.usage();
  const seconds = (performance.now() - started) / 1000;
  const facts = {
    toolVersion: VERSION,
    runtime: RUNTIME,
    inputs,
    ...identitiesOf(spec, { model: model.identity, encoder, aligner }),
    payoff: choice.kind,
    targetTokens: steps.tokens,
    frameSeconds: steps.frameSeconds,
    span: steps.span ?? null,
    contrast,
  };
  const result = buildResult({
    ...facts,
    request,
    target,
    plan,
    outcome,
    stats,
    players,
    interactions,
    outputs: outcome.spans && { units, estimates: outcome.spans },
    chat,
    normalized: NORMALIZERS[spec.explain.normalizer].apply(outcome.estimate.values),
    audioContent: options.audioContent,
    warnings: [...run.warnings, ...stats.warnings],
    run: { seconds, model_calls: calls, memo_hits: stats.memoHits, tokens, passes, plan: how },
  });
  if (options.onRecording !== undefined) {
    const asked = { spec: { path: source.path, sha256: source.sha256, resolved: { ...spec } }, given, warnings, players: run.players };
    const recording = options.recordWhole === true ? await wholeRecording() : game.recording();
    await options.onRecording(buildRecording({ ...facts, ...asked, tree: run.tree() }, chat, recording));
  }
  return result;
}

type Identities = Pick<Explained, "model" | "encoder" | "aligner">;

/** Models by the names that the spec gives them, never by the folders that they are found in on this machine. */
function identitiesOf({ model, explain }: Spec, found: Identities): Identities {
  const encoder = PAYOFFS[explain.payoff.kind].helper(explain.payoff)?.repo ?? "";
  return {
    model: { ...found.model, repo: model.repo },
    encoder: found.encoder && { ...found.encoder, repo: encoder },
    aligner: found.aligner && { ...found.aligner, repo: explain.aligner },
  };
}
