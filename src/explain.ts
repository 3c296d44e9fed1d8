import type { Model, ModelUsage } from "./connectors/base/types.js";
import type { OnEvent, RunOptions } from "./events.js";
import { answer } from "./game/ask.js";
import { conversationGame } from "./game/conversation_game.js";
import { type ModelMemo, memoryMemo } from "./game/memo.js";
import { play } from "./game/play.js";
import { stopOf } from "./game/stop.js";
import {
  askedOf,
  buildConversation,
  type Conversation,
  type LoadModelOptions,
  loadModel,
  payoffOf,
  planOf,
  withPayoff,
} from "./prepare.js";
import { createRng } from "./random.js";
import type { AudioContent } from "./report/build_conversation.js";
import { buildResult, type ResultParts } from "./report/build_result.js";
import type { Result } from "./report/result_schema.js";
import { NORMALIZERS } from "./shapley/normalizers.js";
import type { ExplainRequest } from "./spec/request.js";
import { RUNTIME, VERSION } from "./version.js";

export interface ExplainOptions extends LoadModelOptions {
  /** A loaded model, which stays open; without one the request's own is loaded and closed. One model serves many requests. */
  readonly model?: Model | undefined;
  /** What is known of the model's answers; it learns the new ones. @default one that lives as long as the call */
  readonly memo?: ModelMemo | undefined;
  /** How audio stands in the result. @default "segments" */
  readonly audioContent?: AudioContent | undefined;
}

/**
 * Explains the answer of one conversation: the whole of the tool as a function.
 * @throws SpecError, ConnectorError, AudioError or ExplainError; an abort rejects with the signal's reason.
 */
export async function explain(request: ExplainRequest, options: ExplainOptions = {}): Promise<Result> {
  const started = performance.now();
  const model = options.model ?? (await loadModel(request, options));
  try {
    const conversation = await buildConversation(request, model);
    const { parts, memoHits, usage } = await playConversation(request, model, conversation, options);
    const seconds = (performance.now() - started) / 1000;
    const { calls, tokens, passes, plan } = usage;
    return buildResult({ ...parts, run: { seconds, model_calls: calls, memo_hits: memoHits, tokens, passes, plan } });
  } finally {
    if (options.model === undefined) await model.dispose();
  }
}

/** From the chat to everything that the result says of it but its cost. */
async function playConversation(request: ExplainRequest, model: Model, conversation: Conversation, options: ExplainOptions) {
  const { spec } = request;
  const { chat, players } = conversation;
  const { run, warnings } = collectWarnings(options);
  const before = model.usage;
  const plan = planOf(spec, conversation, request.given);
  const asked = askedOf(spec, model, options.memo ?? memoryMemo());
  const response = conversation.given ?? (await answer(asked, chat, run));
  const { outcome, stats } = await withPayoff(request, model, { ...options, ...run }, async (payoff) => {
    const game = conversationGame({ ...asked, chat, target: response, payoff });
    const played = await play(game, plan.method, {
      ...run,
      budget: plan.budget,
      rng: createRng(spec.explain.seed).fork("sampler"),
      stop: stopOf(spec.explain.tolerance),
      trace: spec.explain.trace,
    });
    return { outcome: played, stats: game.stats() };
  });
  const parts: ResultParts = {
    toolVersion: VERSION,
    spec: { path: request.source.path, sha256: request.source.sha256, resolved: spec },
    inputs: [],
    model: model.identity,
    runtime: RUNTIME,
    response: { text: response.text, tokens: model.responseTokens(response), finishReason: response.finishReason, audio: null },
    explainer: {
      sampler: plan.name,
      askedSampler: spec.explain.sampler,
      payoff: payoffOf(request).kind,
      budget: plan.budget,
      coalitions: outcome.spent.distinct,
      distinctInputs: stats.distinctInputs,
      seed: spec.explain.seed,
      stoppedBy: outcome.stoppedBy,
    },
    payoff: { full: outcome.played.full, empty: outcome.played.empty, fittedOn: stats.fittedOn },
    estimate: outcome.estimate,
    normalized: NORMALIZERS[spec.explain.normalizer](outcome.estimate.values),
    normalizer: spec.explain.normalizer,
    players,
    chat,
    audioContent: options.audioContent,
    warnings: [...warnings, ...stats.warnings],
    trace: outcome.trace,
  };
  return { parts, memoHits: stats.memoHits, usage: usageSince(before, model.usage) };
}

/** Passes events on, and keeps the warnings for the result. */
function collectWarnings({ signal, onEvent }: RunOptions): { readonly run: RunOptions; readonly warnings: readonly string[] } {
  const warnings: string[] = [];
  const keep: OnEvent = (event) => {
    if (event.kind === "warning") warnings.push(event.message);
    onEvent?.(event);
  };
  return { run: { signal, onEvent: keep }, warnings };
}

function usageSince(before: ModelUsage, { calls, tokens, passes, plan }: ModelUsage): ModelUsage {
  return { calls: calls - before.calls, tokens: tokens - before.tokens, passes: passes - before.passes, plan };
}
