import type { ModelResponse } from "../chat/model_response.js";
import type { Chat } from "../chat/types.js";
import { ExplainError, SpecError, UnavailableError } from "../errors.js";
import type { RunOptions } from "../events.js";
import { specPayoffs } from "../payoffs/registry.js";
import type { FittedOn, FittedPayoff, Payoff, ResponsePayoff, ScorePayoff } from "../payoffs/types.js";
import { float64At, itemAt } from "../util/elements.js";
import { reasonOf } from "../util/errors.js";
import { type Asker, bothAskers, createAsker } from "./ask.js";
import { coalitionKeyer, formatCoalition } from "./coalitions.js";
import type { Span } from "./outputs.js";
import { type Asked, checkSteps, divergenceQuestion, responseQuestion, scoreQuestion } from "./questions.js";
import type { GameFoil, GameRecording, Recorded } from "./recording.js";
import { chatSource, recordedSource, type Source } from "./source.js";
import type { Coalition, Game, Outputs } from "./types.js";

export interface ConversationGameOptions extends Asked {
  readonly chat: Chat;
  /** Player of each token, as `Chat.playable` takes them. @default the chat's own players */
  readonly groupIds?: ArrayLike<number> | undefined;
  /** The answer that is explained. */
  readonly target: ModelResponse;
  /** Steps of it that are explained, each given the steps before it. @default all */
  readonly span?: Span | undefined;
  /** What the answer is compared with, for a payoff that contrasts. */
  readonly foil?: GameFoil | undefined;
  readonly payoff: Payoff;
  /** Asks for answers, where the payoff is made of these: one that knows some already, of chats cut alike. @default one that knows none */
  readonly asker?: Asker<ModelResponse> | undefined;
}

export interface GameStats {
  /** Different model inputs: coalitions that keep the same tokens are one. */
  readonly distinctInputs: number;
  /** Inputs whose answer was remembered from before. */
  readonly memoHits: number;
  /** What the payoff learned from; null where it learns nothing. */
  readonly fittedOn: FittedOn | null;
  /** What the user should know of the payoffs, one line each. */
  readonly warnings: readonly string[];
}

/** A conversation as a game: a coalition is worth what the model makes of the chat that keeps its players alone. */
export interface ConversationGame extends Game {
  stats(): GameStats;
  /** What was asked so far, and what the model answered. */
  recording(): GameRecording;
}

/** Payoffs of coalitions, of one kind of answers. */
interface Scorer<T> {
  payoffs(answers: readonly T[], run: RunOptions): Promise<Float64Array>;
  stats(): Pick<GameStats, "fittedOn" | "warnings">;
}

/**
 * Every different masked chat is asked once. What is remembered are answers and log-probabilities, never payoffs.
 * The first `evaluate` makes sure, before anything else, that the model takes the chat that no player is left in; a model that feeds the shortest
 * first tells by itself.
 */
export function conversationGame(settings: ConversationGameOptions): ConversationGame {
  const { chat, payoff, target, model, foil } = settings;
  // Known from the chat alone, so that results never depend on what is asked together.
  const { players, sharedPrefix, branch, masked } = chat.playable(settings.groupIds);
  const options = { ...settings, sharedPrefix, branch };
  const notes = (): readonly string[] => model.notesOn?.(chat, target) ?? [];
  const facts = { players, target, span: settings.span, foil, notes, emptyFirst: model.can.shortestFirst !== true };
  if (payoff.needs === "responses") {
    return gameOfResponses(facts, chatSource(players, masked, settings.asker ?? createAsker(responseQuestion(options))), payoff);
  }
  const asker = payoff.needs === "scores" ? scoreAsker(options, target, foil) : createAsker(divergenceQuestion(options, target, chat));
  return gameOfScores(facts, chatSource(players, masked, asker), payoff);
}

function scoreAsker(asked: Asked, target: ModelResponse, foil: GameFoil | undefined): Asker<Float64Array> {
  const own = createAsker(scoreQuestion(asked, target));
  return foil === undefined ? own : bothAskers(own, createAsker(scoreQuestion(asked, foil.response)));
}

/**
 * A game that was recorded, with any payoff that is made of what was recorded. `evaluate` rejects for a coalition that was not.
 * @param span steps of the answer that are explained, each given the steps before it. @default all
 * @param foil the recorded one, for a payoff that contrasts.
 * @throws ExplainError where the payoff needs answers and log-probabilities were recorded, or the other way round.
 */
export function recordedGame(recording: GameRecording, payoff: Payoff, span?: Span, foil?: GameFoil): ConversationGame {
  const { players, target } = recording;
  const facts = { players, target, span, foil, notes: () => recording.notes, emptyFirst: true };
  if (payoff.needs === "responses") {
    const answers = recording.needs === "responses" ? recording.asked : recording.beside?.answers;
    if (answers !== undefined) return gameOfResponses(facts, recordedSource(players, answers), payoff);
  } else {
    const steps = recording.needs === payoff.needs ? recording.asked : payoff.needs === "scores" ? recording.beside?.scores : undefined;
    if (steps !== undefined) return gameOfScores(facts, recordedSource(players, steps), payoff);
  }
  const kept = {
    scores: "log-probabilities of the answer",
    divergences: "divergences of the next token's law",
    responses: "answers",
  } as const;
  const fitting = specPayoffs.filter(({ asks }) => asks === recording.needs).map(({ name }) => name);
  throw new ExplainError(
    `the recording holds ${kept[recording.needs]}, and this payoff is made of ${kept[payoff.needs]}: payoffs of what it holds are ${fitting.join(", ")}`,
  );
}

interface Facts {
  readonly players: number;
  readonly target: ModelResponse;
  readonly span: Span | undefined;
  readonly foil: GameFoil | undefined;
  readonly notes: () => readonly string[];
  /** The chat without any player is asked alone, before the others. */
  readonly emptyFirst: boolean;
}

function gameOfScores(facts: Facts, source: Source<Float64Array>, payoff: ScorePayoff): ConversationGame {
  const { step } = payoff;
  return {
    ...gameOf(facts, source, stepScorer(payoff, facts), (asked) => ({ needs: payoff.needs, asked })),
    outputs: () => (step === undefined || !stepsAreCompared(facts) ? null : stepOutputs(facts, source.recorded(), step)),
  };
}

function gameOfResponses(facts: Facts, source: Source<ModelResponse>, payoff: ResponsePayoff): ConversationGame {
  return gameOf(facts, source, responseScorer(payoff, facts.target), (asked) => ({ needs: "responses", asked }));
}

type Kept =
  | Pick<Extract<GameRecording, { needs: ScorePayoff["needs"] }>, "needs" | "asked">
  | Pick<Extract<GameRecording, { needs: "responses" }>, "needs" | "asked">;

function gameOf<T>(
  { players, target, foil, notes, emptyFirst }: Facts,
  source: Source<T>,
  scorer: Scorer<T>,
  keep: (asked: Recorded<T>) => Kept,
): ConversationGame {
  let answered = false;
  return {
    players,
    stats: () => {
      const { fittedOn, warnings } = scorer.stats();
      const { distinct, memoHits } = source.counts;
      return { memoHits, distinctInputs: distinct, fittedOn, warnings: [...notes(), ...warnings] };
    },
    recording: () => ({ players, target, ...(foil === undefined ? {} : { foil }), notes: notes(), ...keep(source.recorded()) }),
    async evaluate(coalitions, run) {
      run.signal?.throwIfAborted();
      const total = coalitions.length;
      let done = 0;
      const onKnown = (known: number): void => {
        done += known;
        if (known > 0) run.onEvent?.({ kind: "progress", label: "coalitions", done, total });
      };
      const empty = new Uint8Array(players);
      if (emptyFirst && !answered) await probe(source, empty, run);
      const answers = await source.ask(coalitions, run, onKnown).catch(async (cause) => {
        if (!emptyFirst && !answered) await probe(source, empty, run);
        throw cause;
      });
      answered = true;
      return await scorer.payoffs(answers, run);
    },
  };
}

const ownSpan = ({ target, span }: Facts): Span => span ?? { from: 0, to: target.generatedModalityFlag.length };

/** A contrast's steps are compared one by one where both texts have as many. */
function stepsAreCompared(facts: Facts): boolean {
  const { foil } = facts;
  const { from, to } = ownSpan(facts);
  return foil === undefined || foil.foilSpan.to - foil.foilSpan.from === to - from;
}

/** Every step of the answer is an output; its payoffs are found among what was recorded. */
function stepOutputs(facts: Facts, recorded: Recorded<Float64Array>, step: NonNullable<ScorePayoff["step"]>): Outputs {
  const { players, target, foil } = facts;
  // Log-probabilities of the foil stand behind those of the answer.
  const toFoil = foil === undefined ? Number.NaN : target.generatedModalityFlag.length + foil.foilSpan.from - ownSpan(facts).from;
  const keyOf = coalitionKeyer(players);
  const slots = new Map(recorded.coalitions.map((coalition, i) => [keyOf(coalition), itemAt(recorded.inputOf, i)]));
  return {
    count: target.generatedModalityFlag.length,
    slotsOf: (coalitions) =>
      Int32Array.from(coalitions, (coalition) => {
        const slot = slots.get(keyOf(coalition));
        if (slot === undefined) throw new ExplainError(`${formatCoalition(coalition)} was not evaluated`);
        return slot;
      }),
    payoff: (slot, output) => {
      const got = recorded.inputs[slot]?.got;
      return step(got?.[output] ?? Number.NaN, got?.[output + toFoil] ?? Number.NaN);
    },
  };
}

/** @throws ExplainError where the model cannot take even the empty coalition. */
async function probe(source: Source<unknown>, empty: Coalition, run: RunOptions): Promise<void> {
  try {
    await source.ask([empty], run);
  } catch (cause) {
    if (run.signal?.aborted === true || [ExplainError, SpecError, UnavailableError].some((kind) => cause instanceof kind)) throw cause;
    throw new ExplainError(`the model cannot take this chat with every player left out, so it cannot be explained: ${reasonOf(cause)}`, {
      cause,
    });
  }
}

function stepScorer(payoff: ScorePayoff, facts: Facts): Scorer<Float64Array> {
  const { target, foil } = facts;
  const steps = target.generatedModalityFlag.length;
  const own = ownSpan(facts);
  const other = foil === undefined ? { from: 0, to: 0 } : { from: steps + foil.foilSpan.from, to: steps + foil.foilSpan.to };
  let floored = 0;
  return {
    payoffs: async (answers) =>
      Float64Array.from(answers, (scores) => {
        checkSteps(scores);
        const valued = payoff.value(scores.subarray(own.from, own.to), scores.subarray(other.from, other.to));
        floored += valued.floored;
        return valued.payoff;
      }),
    stats: () => ({
      fittedOn: null,
      warnings: floored === 0 ? [] : [`${floored} of the steps scored were so improbable that their log-probability was floored`],
    }),
  };
}

function responseScorer(payoff: ResponsePayoff, target: ModelResponse): Scorer<ModelResponse> {
  const payoffOf = new Map<ModelResponse, number>();
  let fitted: FittedPayoff | null = null;
  return {
    async payoffs(responses, run) {
      fitted ??= await payoff.fit(target, responses, run);
      const fresh = [...new Set(responses)].filter((response) => !payoffOf.has(response));
      const values = await fitted.values(fresh, run);
      fresh.forEach((response, i) => {
        payoffOf.set(response, float64At(values, i));
      });
      return Float64Array.from(responses, (response) => payoffOf.get(response) as number);
    },
    stats: () => ({ fittedOn: fitted?.fittedOn ?? null, warnings: fitted?.warnings ?? [] }),
  };
}
