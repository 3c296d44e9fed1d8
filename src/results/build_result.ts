import { ExplainError } from "../errors.js";
import type { Estimate } from "../game/types.js";
import type { Player } from "../players/types.js";
import type { ModelIdentity } from "../repos/resources.js";
import type { Interactions } from "../shapley/interactions.js";
import type { Spec } from "../spec/schema.js";
import { type AudioContent, type BuiltChat, buildConversation } from "./build_conversation.js";
import { toBlock } from "./players.js";
import { RESULT_FORMAT, type Result, type ResultPlayer } from "./result_schema.js";

/** All that a result tells, in the units of the layers it comes from. Absent or undefined parts are left out of the result. */
export interface ResultParts {
  readonly toolVersion: string;
  readonly spec: { readonly path: string | null; readonly sha256: string; readonly resolved: Spec };
  readonly inputs: Result["inputs"];
  readonly model: ModelIdentity;
  /** The sentence encoder of an embedding payoff. */
  readonly encoder?: ModelIdentity | null | undefined;
  /** What found the words in the audio. */
  readonly aligner?: ModelIdentity | null | undefined;
  readonly runtime: { readonly node: string; readonly onnxruntime: string };
  readonly response: AnswerParts;
  readonly explainer: ExplainerParts;
  readonly payoff: { readonly full: number; readonly empty: number; readonly fittedOn: Result["payoff"]["fitted_on"] };
  readonly estimate: Estimate;
  /** One a player, from the normalizer that `normalizer` names. */
  readonly normalized: Float64Array;
  readonly normalizer: string;
  readonly players: readonly Player[];
  readonly chat: BuiltChat;
  /** @default "segments" */
  readonly audioContent?: AudioContent | undefined;
  readonly warnings?: readonly string[] | undefined;
  readonly trace?: readonly { readonly distinct: number; readonly estimate: Estimate }[] | null | undefined;
  readonly interactions?: Interactions | null | undefined;
  readonly run?: Result["run"] | undefined;
}

export interface AnswerParts {
  readonly text: string;
  /** Text of each token emitted, special tokens included. */
  readonly tokens: readonly string[];
  readonly finishReason: Result["response"]["finish_reason"];
  readonly audio: Result["response"]["audio"];
  /** Natural logarithms, one a step, given the whole conversation. */
  readonly logProbabilities?: Float64Array | null | undefined;
}

export interface ExplainerParts {
  /** What was run (never "auto"). */
  readonly sampler: string;
  readonly askedSampler?: string | undefined;
  readonly payoff: string;
  readonly budget: number | null;
  /** Distinct coalitions played, ∅ and N included. */
  readonly coalitions: number;
  /** Different model inputs among them. */
  readonly distinctInputs: number;
  readonly seed?: number | undefined;
  readonly stoppedBy?: string | undefined;
}

/**
 * The result of one explanation; equal parts give equal results, key order included.
 * @throws ExplainError where a number is not finite or the parts do not fit each other.
 */
export function buildResult(parts: ResultParts): Result {
  checkSizes(parts);
  const { estimate, model, response, explainer } = parts;
  return {
    schema: RESULT_FORMAT,
    tool: { name: "mllm-shap", version: parts.toolVersion },
    spec: { path: parts.spec.path, sha256: parts.spec.sha256, resolved: { ...parts.spec.resolved } },
    inputs: parts.inputs,
    model: modelBlock(model),
    ...(parts.encoder ? { encoder: modelBlock(parts.encoder) } : {}),
    ...(parts.aligner ? { aligner: modelBlock(parts.aligner) } : {}),
    runtime: { node: parts.runtime.node, onnxruntime: parts.runtime.onnxruntime, provider: model.provider },
    response: {
      text: response.text,
      tokens: response.tokens,
      finish_reason: response.finishReason,
      audio: response.audio,
      ...(response.logProbabilities ? { log_probabilities: numbers(response.logProbabilities, "log-probability") } : {}),
    },
    explainer: explainerBlock(explainer, parts),
    payoff: payoffBlock(parts),
    uncertainty: {
      method: estimate.uncertainty.method,
      confidence: estimate.uncertainty.confidence,
      reason: estimate.uncertainty.reason,
    },
    players: parts.players.map((player) => playerBlock(player, parts)),
    conversation: buildConversation(parts.chat, parts.players, parts.normalized, parts.audioContent ?? "segments"),
    warnings: parts.warnings ?? [],
    ...(parts.trace ? { trace: parts.trace.map(({ distinct, estimate }) => tracePoint(distinct, estimate)) } : {}),
    ...(parts.interactions ? { interactions: interactionsBlock(parts.interactions) } : {}),
    ...(parts.run ? { run: parts.run } : {}),
  };
}

function modelBlock({ connector, repo, resolvedRevision, dtype, sha256 }: ModelIdentity): Result["model"] {
  return { connector, repo, resolved_revision: resolvedRevision, dtype, sha256: sortKeys(sha256) };
}

function explainerBlock(explainer: ExplainerParts, { estimate, normalizer, players }: ResultParts): Result["explainer"] {
  return {
    sampler: explainer.sampler,
    payoff: explainer.payoff,
    n_players: players.length,
    budget: explainer.budget,
    coalitions: explainer.coalitions,
    distinct_inputs: explainer.distinctInputs,
    biased: estimate.biased,
    ...(explainer.askedSampler === undefined ? {} : { asked_sampler: explainer.askedSampler }),
    normalizer,
    ...(explainer.seed === undefined ? {} : { seed: explainer.seed }),
    ...(explainer.stoppedBy === undefined ? {} : { stopped_by: explainer.stoppedBy }),
  };
}

function payoffBlock({ payoff, estimate }: ResultParts): Result["payoff"] {
  const { fittedOn } = payoff;
  const full = finite(payoff.full, "payoff of the full conversation");
  const empty = finite(payoff.empty, "payoff of the empty coalition");
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
  };
}

function playerBlock(player: Player, { estimate, normalized }: ResultParts): ResultPlayer {
  const { index } = player;
  const of = (what: string) => `${what} of player ${index} (${JSON.stringify(player.text)})`;
  const stdError = estimate.stdErrors?.[index];
  const interval = estimate.intervals?.[index];
  const { confidence, ...place } = toBlock(player);
  return {
    ...place,
    value: finite(estimate.values[index], of("value")),
    std_error: stdError === undefined ? null : finite(stdError, of("standard error")),
    interval: interval === undefined ? null : [finite(interval[0], of("interval")), finite(interval[1], of("interval"))],
    normalized: finite(normalized[index], of("normalized value")),
    confidence,
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

function interactionsBlock({ exact, pairs, main }: Interactions): NonNullable<Result["interactions"]> {
  return {
    exact,
    pairs: pairs.slice(0, MOST_PAIRS).map(({ first, second, value }) => ({
      players: [first, second],
      value: finite(value, `interaction of players ${first} and ${second}`),
    })),
    main: numbers(main, "main effect"),
  };
}

function checkSizes({ players, estimate, normalized }: ResultParts): void {
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

function numbers(values: Float64Array, what: string): number[] {
  return Array.from(values, (value, i) => finite(value, `${what} ${i}`));
}

/** The number, −0 made 0: results hold neither −0 nor anything that JSON cannot say. */
function finite(value: number | undefined, what: string): number {
  if (value === undefined || !Number.isFinite(value)) throw new ExplainError(`the ${what} is ${value}, not a finite number`);
  return value === 0 ? 0 : value;
}

function sortKeys<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
