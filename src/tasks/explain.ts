import type { ModelResponse } from "../chat/model_response.js";
import type { Model } from "../connectors/types.js";
import { buildResult } from "../results/build_result.js";
import type { AudioContent } from "../results/conversation_block.js";
import type { Result } from "../results/result_schema.js";
import { NORMALIZERS } from "../shapley/normalizers.js";
import type { ExplainRequest } from "../spec/request.js";
import { RUNTIME, VERSION } from "../version.js";
import { type OpenRunOptions, openRun } from "./open_run.js";
import { planOf, playPlan } from "./play_plan.js";

export interface ExplainOptions extends OpenRunOptions {
  /** How audio stands in the result. @default "segments" */
  readonly audioContent?: AudioContent | undefined;
  /** Told of the answer before it is explained. */
  readonly onAnswer?: ((answer: ModelResponse, model: Model) => Promise<void>) | undefined;
}

/**
 * Explains the answer of one conversation: the whole of the tool as a function.
 * @throws SpecError, ConnectorError, AudioError or ExplainError; an abort rejects with the signal's reason.
 */
export async function explain(request: ExplainRequest, options: ExplainOptions = {}): Promise<Result> {
  const started = performance.now();
  await using run = await openRun(request, options);
  const { spec } = request;
  const { model, inputs, aligner, chat } = run;
  // Before the model is asked: a budget that cannot be played costs nothing.
  const plan = planOf(run);
  const { game, target, choice, encoder } = await run.openGame();
  await options.onAnswer?.(target, model);
  const { outcome, players, interactions } = await playPlan(game, plan, run);
  const stats = game.stats();
  const { calls, tokens, passes, plan: how } = run.usage();
  const seconds = (performance.now() - started) / 1000;
  return buildResult({
    toolVersion: VERSION,
    runtime: RUNTIME,
    request,
    inputs,
    model: model.identity,
    encoder,
    aligner,
    target,
    targetTokens: model.responseTokens(target),
    plan,
    payoff: choice.kind,
    outcome,
    stats,
    players,
    interactions,
    chat,
    normalized: NORMALIZERS[spec.explain.normalizer].apply(outcome.estimate.values),
    audioContent: options.audioContent,
    warnings: [...run.warnings, ...stats.warnings],
    run: { seconds, model_calls: calls, memo_hits: stats.memoHits, tokens, passes, plan: how },
  });
}
