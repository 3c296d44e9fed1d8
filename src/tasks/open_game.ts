import type { ModelResponse } from "../chat/model_response.js";
import type { Chat } from "../chat/types.js";
import type { RunOptions } from "../events.js";
import { answer, createAsker } from "../game/ask.js";
import { type ConversationGame, conversationGame } from "../game/conversation_game.js";
import { type Asked, responseQuestion } from "../game/questions.js";
import type { GameRecording } from "../game/recording.js";
import { wholeRecording } from "../game/whole_recording.js";
import type { Payoff } from "../payoffs/types.js";
import type { Spec } from "../spec/schema.js";
import { type Explained, explainedOf } from "./explained_steps.js";

export interface GameParts {
  readonly asked: Asked;
  /** As it is fed: the assistant's turn is open. */
  readonly chat: Chat;
  /** Player of each token + 1; 0 = of none. */
  readonly groupIds: Int32Array;
  readonly payoff: Payoff;
  /** The answer to explain; null = what the model answers. */
  readonly given: ModelResponse | null;
  /** The part of it to explain; null = all. */
  readonly part: Spec["explain"]["target"];
}

/** A chat's game, with the answer that it is about. */
export interface ChatGame extends Explained {
  readonly game: ConversationGame;
  /** The answer that is explained. */
  readonly target: ModelResponse;
  /** The recording with what the payoff did not need. */
  wholeRecording(): Promise<GameRecording>;
}

/**
 * Asks for the answer where none is given, finds the steps of it that are explained, and opens the game about them.
 * @throws SpecError where the answer has no such part, or cannot be compared with the payoff's foil.
 */
export async function openGame({ asked, chat, groupIds, payoff, given, part }: GameParts, run: RunOptions): Promise<ChatGame> {
  // Cut where the game cuts, so that what stands before the first player is fed once for both.
  const { sharedPrefix, branch } = chat.playable(groupIds);
  // The whole conversation is a coalition too: a game of answers does not ask for its answer again.
  const cut = payoff.needs === "responses" ? { sharedPrefix, branch } : { sharedPrefix };
  const asker = createAsker(responseQuestion({ ...asked, ...cut }));
  const target = given ?? (await answer(asker, chat, run));
  const explained = explainedOf(asked.model, target, { chat, payoff, target: part });
  const { steps, contrast } = explained;
  const game = conversationGame({ ...asked, chat, groupIds, target, span: steps.span, foil: contrast ?? undefined, payoff, asker });
  return {
    ...{ ...explained, game, target },
    wholeRecording: () => wholeRecording(game.recording(), { ...asked, chat, groupIds }, run),
  };
}
