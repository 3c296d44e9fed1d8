import type { ModelResponse } from "../chat/model_response.js";
import type { Chat } from "../chat/types.js";
import { ExplainError } from "../errors.js";
import type { RunOptions } from "../events.js";
import type { FittedOn, FittedPayoff, Payoff, ResponsePayoff, ScorePayoff } from "../payoffs/types.js";
import { append } from "../util/arrays.js";
import { reasonOf } from "../util/errors.js";
import { type Asker, createAsker } from "./ask.js";
import { type Asked, checkSteps, responseQuestion, scoreQuestion } from "./questions.js";
import type { Coalition, Game } from "./types.js";

export interface ConversationGameOptions extends Asked {
  readonly chat: Chat;
  /** Player of each token, as `Chat.playable` takes them. @default the chat's own players */
  readonly groupIds?: ArrayLike<number> | undefined;
  /** The answer that is explained. */
  readonly target: ModelResponse;
  readonly payoff: Payoff;
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
}

/** Coalitions whose masked chats are held at a time. */
const SLICE = 4096;

/** Payoffs of masked chats. */
interface Scorer {
  /** Rejects where the model does not take the chat. */
  probe(chat: Chat, run: RunOptions): Promise<unknown>;
  payoffs(slices: Iterable<readonly Chat[]>, run: RunOptions, onKnown: (chats: number) => void): Promise<Float64Array>;
  stats(): GameStats;
}

/**
 * Every different masked chat is asked once. What is remembered are answers and log-probabilities, never payoffs.
 * The first `evaluate` makes sure, before anything else, that the model takes the chat that no player is left in.
 */
export function conversationGame(settings: ConversationGameOptions): ConversationGame {
  const { chat, payoff } = settings;
  // Known from the chat alone, so that results never depend on what is asked together.
  const { players, sharedPrefix, masked } = chat.playable(settings.groupIds);
  const options = { ...settings, sharedPrefix };
  const scorer = payoff.needs === "scores" ? stepScorer(options, payoff) : responseScorer(options, payoff);
  let probed = false;
  return {
    players,
    stats: () => {
      const stats = scorer.stats();
      return { ...stats, warnings: [...(settings.model.notesOn?.(chat, settings.target) ?? []), ...stats.warnings] };
    },
    async evaluate(coalitions, run) {
      run.signal?.throwIfAborted();
      if (!probed) await probe(scorer, masked(new Uint8Array(players)), run);
      probed = true;
      const total = coalitions.length;
      let done = 0;
      return await scorer.payoffs(slicesOf(masked, coalitions), run, (chats) => {
        done += chats;
        if (chats > 0) run.onEvent?.({ kind: "progress", label: "coalitions", done, total });
      });
    },
  };
}

async function probe(scorer: Scorer, empty: Chat, run: RunOptions): Promise<void> {
  try {
    await scorer.probe(empty, run);
  } catch (cause) {
    if (run.signal?.aborted === true || cause instanceof ExplainError) throw cause;
    throw new ExplainError(`the model cannot take this chat with every player left out, so it cannot be explained: ${reasonOf(cause)}`, {
      cause,
    });
  }
}

function* slicesOf(masked: (coalition: Coalition) => Chat, coalitions: readonly Coalition[]): Generator<readonly Chat[]> {
  for (let from = 0; from < coalitions.length; from += SLICE) yield coalitions.slice(from, from + SLICE).map(masked);
}

function stepScorer(options: ConversationGameOptions, payoff: ScorePayoff): Scorer {
  const asker = createAsker(scoreQuestion(options, options.target));
  let floored = 0;
  return {
    probe: (chat, run) => asker.ask([chat], run),
    async payoffs(slices, run, onKnown) {
      const payoffs: number[] = [];
      for (const chats of slices) {
        run.signal?.throwIfAborted();
        for (const steps of await asker.ask(chats, run, onKnown)) {
          const valued = payoff.value(checkSteps(steps));
          floored += valued.floored;
          payoffs.push(valued.payoff);
        }
      }
      return Float64Array.from(payoffs);
    },
    stats: () => ({
      memoHits: asker.counts.memoHits,
      distinctInputs: asker.counts.distinct,
      fittedOn: null,
      warnings: floored === 0 ? [] : [`${floored} of the steps scored were so improbable that their log-probability was floored`],
    }),
  };
}

function responseScorer(options: ConversationGameOptions, payoff: ResponsePayoff): Scorer {
  const asker: Asker<ModelResponse> = createAsker(responseQuestion(options));
  const payoffOf = new Map<ModelResponse, number>();
  let fitted: FittedPayoff | null = null;
  return {
    probe: (chat, run) => asker.ask([chat], run),
    async payoffs(slices, run, onKnown) {
      const responses: ModelResponse[] = [];
      for (const chats of slices) {
        run.signal?.throwIfAborted();
        append(responses, await asker.ask(chats, run, onKnown));
      }
      fitted ??= await payoff.fit(options.target, responses, run);
      const fresh = [...new Set(responses)].filter((response) => !payoffOf.has(response));
      const values = await fitted.values(fresh, run);
      fresh.forEach((response, i) => {
        payoffOf.set(response, values[i] as number);
      });
      return Float64Array.from(responses, (response) => payoffOf.get(response) as number);
    },
    stats: () => ({
      memoHits: asker.counts.memoHits,
      distinctInputs: asker.counts.distinct,
      fittedOn: fitted?.fittedOn ?? null,
      warnings: fitted?.warnings ?? [],
    }),
  };
}
