import type { ModelResponse } from "../chat/model_response.js";
import type { Model, ModelUsage } from "../connectors/types.js";
import type { OnEvent, RunOptions } from "../events.js";
import type { GameStats } from "../game/conversation_game.js";
import type { ModelMemo } from "../memo/memory.js";
import { PAYOFFS } from "../payoffs/registry.js";
import type { AudioContent } from "../results/build_conversation.js";
import { buildResult, type ResultParts } from "../results/build_result.js";
import type { Result } from "../results/result_schema.js";
import { NORMALIZERS } from "../shapley/normalizers.js";
import type { MethodPlan } from "../shapley/plan.js";
import type { ExplainRequest } from "../spec/request.js";
import type { Spec } from "../spec/schema.js";
import { RUNTIME, VERSION } from "../version.js";
import { type OpenedGame, openGame } from "./open_game.js";
import { type PlayedPlan, playPlan } from "./play_plan.js";
import { buildConversation, type Conversation, type LoadModelOptions, loadModel, planOf } from "./prepare.js";

export interface ExplainOptions extends LoadModelOptions {
  /** A loaded model, which stays open; without one the request's own is loaded and closed. One model serves many requests. */
  readonly model?: Model | undefined;
  /** What is known of the model's answers; it learns the new ones. @default one that lives as long as the call */
  readonly memo?: ModelMemo | undefined;
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
  const model = options.model ?? (await loadModel(request, options));
  try {
    const { run, warnings } = collectWarnings(options);
    const conversation = await buildConversation(request, model, { ...options, ...run });
    const { parts, memoHits, usage } = await playConversation(request, model, conversation, { ...options, ...run });
    const seconds = (performance.now() - started) / 1000;
    const { calls, tokens, passes, plan } = usage;
    return buildResult({
      ...parts,
      warnings: [...warnings, ...parts.warnings],
      run: { seconds, model_calls: calls, memo_hits: memoHits, tokens, passes, plan },
    });
  } finally {
    if (options.model === undefined) await model.dispose();
  }
}

/** From the chat to everything that the result says of it but its cost. */
async function playConversation(request: ExplainRequest, model: Model, conversation: Conversation, options: ExplainOptions) {
  const run: RunOptions = { signal: options.signal, onEvent: options.onEvent };
  const before = model.usage;
  const plan = planOf(request.spec, conversation, request.given);
  const opened = await openGame(request, model, conversation, options, run);
  try {
    await options.onAnswer?.(opened.target, model);
    const played = await playPlan(opened.game, plan, request.spec.explain, conversation, run);
    const stats = opened.game.stats();
    const parts = partsOf(request, model, { conversation, plan, opened, played, stats });
    return {
      parts: { ...parts, audioContent: options.audioContent, warnings: stats.warnings },
      memoHits: stats.memoHits,
      usage: usageSince(before, model.usage),
    };
  } finally {
    await opened.dispose();
  }
}

interface Played {
  readonly conversation: Conversation;
  readonly plan: MethodPlan;
  readonly opened: OpenedGame;
  readonly played: PlayedPlan;
  readonly stats: GameStats;
}

function partsOf({ spec, source }: ExplainRequest, model: Model, { conversation, plan, opened, played, stats }: Played): ResultParts {
  const { outcome, players, interactions } = played;
  const { target } = opened;
  const { frames, codebooks } = target.generatedAudioTokens;
  return {
    toolVersion: VERSION,
    spec: { path: source.path, sha256: source.sha256, resolved: spec },
    inputs: conversation.inputs,
    ...identitiesOf(spec, { model: model.identity, encoder: opened.encoder, aligner: conversation.aligner }),
    runtime: RUNTIME,
    response: {
      text: target.text,
      tokens: model.responseTokens(target),
      finishReason: target.finishReason,
      audio: frames === 0 ? null : { frames, codebooks, seconds: null, format: null, content: null },
    },
    explainer: {
      sampler: plan.definition.name,
      askedSampler: spec.explain.sampler,
      payoff: opened.choice.kind,
      budget: plan.budget,
      coalitions: outcome.spent.distinct,
      distinctInputs: stats.distinctInputs,
      seed: spec.explain.seed,
      stoppedBy: outcome.stoppedBy,
    },
    payoff: { full: outcome.played.full, empty: outcome.played.empty, fittedOn: stats.fittedOn },
    estimate: outcome.estimate,
    normalized: NORMALIZERS[spec.explain.normalizer].apply(outcome.estimate.values),
    normalizer: spec.explain.normalizer,
    players,
    chat: conversation.chat,
    trace: outcome.trace,
    interactions,
  };
}

/** Models by the names that the spec gives them, never by the folders that they are found in on this machine. */
function identitiesOf({ model, explain }: Spec, found: Pick<ResultParts, "model" | "encoder" | "aligner">): typeof found {
  const encoder = PAYOFFS[explain.payoff.kind].helper(explain.payoff)?.repo ?? "";
  return {
    model: { ...found.model, repo: model.repo },
    encoder: found.encoder && { ...found.encoder, repo: encoder },
    aligner: found.aligner && { ...found.aligner, repo: explain.aligner },
  };
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
