import type { ModelResponse } from "../chat/model_response.js";
import { ExplainError } from "../errors.js";
import type { GameStats } from "../game/conversation_game.js";
import type { Span } from "../game/outputs.js";
import type { Outcome } from "../game/play.js";
import type { Estimate } from "../game/types.js";
import type { Player } from "../players/types.js";
import type { ModelIdentity } from "../repos/resources.js";
import type { Interactions } from "../shapley/interactions.js";
import { expectedRankCorrelation } from "../shapley/ranking.js";
import type { ExplainRequest } from "../spec/request.js";
import type { Spec } from "../spec/schema.js";
import { DEFAULT_TEXT_MASKING } from "../text/masks/registry.js";
import { answerEntries, withAnswer } from "./answer_entries.js";
import { type AudioContent, type BuiltChat, conversationBlock } from "./conversation_block.js";
import { finite, numbers } from "./finite.js";
import { modelBlock } from "./model_block.js";
import { type ExplainedOutputs, outputsBlock } from "./outputs_block.js";
import { toBlock } from "./players.js";
import { RESULT_FORMAT, type Result, type ResultPlayer } from "./result_schema.js";

/** An explanation as the layers that made it hand it over. */
export interface Explained {
  readonly toolVersion: string;
  readonly runtime: { readonly node: string; readonly onnxruntime: string };
  readonly request: { readonly spec: Spec; readonly source: Pick<ExplainRequest["source"], "path" | "sha256"> };
  readonly inputs: Result["inputs"];
  readonly model: ModelIdentity;
  /** The sentence encoder of an embedding payoff; null where none was used. */
  readonly encoder: ModelIdentity | null;
  /** What found the words in the audio; null where nothing was aligned. */
  readonly aligner: ModelIdentity | null;
  /** The answer that is explained, and the text of each token of it, special tokens included. */
  readonly target: Pick<ModelResponse, "text" | "finishReason" | "generatedAudioTokens" | "generatedModalityFlag">;
  readonly targetTokens: readonly string[];
  /** The steps of it that are explained; null for all. */
  readonly span: Span | null;
  /** What they are compared with, of a payoff that contrasts. */
  readonly contrast: { readonly foil: string; readonly per: "answer" | "token"; readonly foilSpan: Span } | null;
  readonly plan: { readonly definition: { readonly name: string }; readonly budget: number };
  /** Its name. */
  readonly payoff: string;
  readonly outcome: PlayedOutcome;
  readonly stats: Pick<GameStats, "distinctInputs" | "fittedOn">;
  /** What the outcome has values for. */
  readonly players: readonly Player[];
  /** One a player, by the normalizer of the spec. */
  readonly normalized: Float64Array;
  readonly interactions: Interactions | null;
  /** Parts of the answer with their values; null where the payoff is one number and no more. */
  readonly outputs: ExplainedOutputs | null;
  readonly chat: BuiltChat;
  /** @default "segments" */
  readonly audioContent?: AudioContent | undefined;
  readonly warnings: readonly string[];
  /** What it cost; left out of the result where it is not given. */
  readonly run?: Result["run"] | undefined;
}

type PlayedOutcome = Pick<Outcome, "estimate" | "stoppedBy" | "trace"> & {
  readonly spent: Pick<Outcome["spent"], "distinct">;
  readonly played: Pick<Outcome["played"], "full" | "empty">;
};

/**
 * The result of one explanation; equal explanations give equal results, key order included.
 * @throws ExplainError where a number is not finite or the parts do not fit each other.
 */
export function buildResult(explained: Explained): Result {
  checkSizes(explained);
  const { request, model, encoder, aligner, outcome, players, interactions, outputs, run } = explained;
  const { method, confidence, reason } = outcome.estimate.uncertainty;
  return {
    schema: RESULT_FORMAT,
    tool: { name: "mllm-shap", version: explained.toolVersion },
    spec: { path: request.source.path, sha256: request.source.sha256, resolved: { ...request.spec } },
    inputs: explained.inputs,
    model: modelBlock(model),
    ...(encoder === null ? {} : { encoder: modelBlock(encoder) }),
    ...(aligner === null ? {} : { aligner: modelBlock(aligner) }),
    runtime: { node: explained.runtime.node, onnxruntime: explained.runtime.onnxruntime, provider: model.provider },
    response: responseBlock(explained),
    explainer: explainerBlock(explained),
    payoff: payoffBlock(explained),
    uncertainty: { method, confidence, reason, ranking: expectedRankCorrelation(outcome.estimate) },
    players: players.map((player) => playerBlock(player, explained)),
    conversation: conversationOf(explained),
    warnings: explained.warnings,
    ...(outcome.trace ? { trace: outcome.trace.map(({ distinct, estimate }) => tracePoint(distinct, estimate)) } : {}),
    ...(interactions ? { interactions: interactionsBlock(interactions) } : {}),
    ...(outputs ? { outputs: outputsBlock(outputs, players.length) } : {}),
    ...(run ? { run } : {}),
  };
}

function conversationOf({ chat, players, normalized, audioContent, outputs, target, targetTokens }: Explained): Result["conversation"] {
  const conversation = conversationBlock(chat, players, normalized, audioContent ?? "segments");
  return outputs === null ? conversation : withAnswer(conversation, answerEntries(targetTokens, target.generatedModalityFlag));
}

function responseBlock({ target, targetTokens }: Explained): Result["response"] {
  const { frames, codebooks } = target.generatedAudioTokens;
  return {
    text: target.text,
    tokens: targetTokens,
    finish_reason: target.finishReason,
    audio: frames === 0 ? null : { frames, codebooks, seconds: null, format: null, content: null },
  };
}

function explainerBlock({ request, plan, payoff, outcome, stats, players }: Explained): Result["explainer"] {
  const { sampler, normalizer, seed, text_masking: masking } = request.spec.explain;
  return {
    sampler: plan.definition.name,
    payoff,
    n_players: players.length,
    budget: plan.budget,
    coalitions: outcome.spent.distinct,
    distinct_inputs: stats.distinctInputs,
    biased: outcome.estimate.biased,
    asked_sampler: sampler,
    ...(masking.kind === DEFAULT_TEXT_MASKING.kind ? {} : { text_masking: masking }),
    normalizer,
    seed,
    stopped_by: outcome.stoppedBy,
  };
}

function payoffBlock({ outcome: { estimate, played }, stats: { fittedOn }, span, contrast, targetTokens }: Explained): Result["payoff"] {
  const full = finite(played.full, "payoff of the full conversation");
  const empty = finite(played.empty, "payoff of the empty coalition");
  const sum = finite(
    estimate.values.reduce((total, value) => total + value, 0),
    "sum of the values",
  );
  return {
    full,
    empty,
    sum_of_values: sum,
    efficiency_gap: finite(sum - (full - empty), "efficiency gap"),
    fitted_on: fittedOn === null ? null : { responses: fittedOn.responses, distinct: fittedOn.distinct },
    ...(span === null ? {} : { target: { steps: [span.from, span.to], text: targetTokens.slice(span.from, span.to).join("") } }),
    ...(contrast === null
      ? {}
      : { contrast: { foil: contrast.foil, steps: [contrast.foilSpan.from, contrast.foilSpan.to], per: contrast.per } }),
  };
}

function playerBlock(player: Player, { outcome: { estimate }, normalized }: Explained): ResultPlayer {
  const { index } = player;
  const of = (what: string) => `${what} of player ${index} (${JSON.stringify(player.text)})`;
  const stdError = estimate.stdErrors?.[index];
  const interval = estimate.intervals?.[index];
  const { confidence, speaker, ...place } = toBlock(player);
  return {
    ...place,
    value: finite(estimate.values[index], of("value")),
    std_error: stdError === undefined ? null : finite(stdError, of("standard error")),
    interval: interval === undefined ? null : [finite(interval[0], of("interval")), finite(interval[1], of("interval"))],
    normalized: finite(normalized[index], of("normalized value")),
    confidence,
    ...(speaker === undefined ? {} : { speaker }),
  };
}

function tracePoint(coalitions: number, { values, stdErrors }: Estimate): NonNullable<Result["trace"]>[number] {
  return {
    coalitions,
    values: numbers(values, "value of the trace"),
    std_errors: stdErrors === null ? null : numbers(stdErrors, "standard error of the trace"),
  };
}

/** Pairs beyond these are the weakest of more than 45 players. */
const MOST_PAIRS = 1_000;

function interactionsBlock({ exact, pairs, main, uncertainty }: Interactions): NonNullable<Result["interactions"]> {
  return {
    exact,
    pairs: pairs.slice(0, MOST_PAIRS).map(({ first, second, value, stdError, interval }) => ({
      players: [first, second],
      value: finite(value, `interaction of players ${first} and ${second}`),
      std_error: stdError,
      interval: interval && [...interval],
    })),
    main: numbers(main, "main effect"),
    uncertainty,
  };
}

function checkSizes({ players, outcome: { estimate }, normalized }: Explained): void {
  const sizes = {
    values: estimate.values.length,
    "standard errors": estimate.stdErrors?.length ?? players.length,
    intervals: estimate.intervals?.length ?? players.length,
    "normalized values": normalized.length,
  };
  for (const [what, size] of Object.entries(sizes)) {
    if (size !== players.length) throw new ExplainError(`${size} ${what} for ${players.length} players`);
  }
  const stray = players.findIndex((player, i) => player.index !== i);
  if (stray >= 0) throw new ExplainError(`player ${stray} says that it is player ${players[stray]?.index}`);
}
