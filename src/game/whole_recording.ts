import type { Chat } from "../chat/types.js";
import type { RunOptions } from "../events.js";
import { createAsker } from "./ask.js";
import { type Asked, type Question, responseQuestion, scoreQuestion } from "./questions.js";
import type { GameRecording, Recorded } from "./recording.js";
import { chatSource } from "./source.js";

/** The conversation whose game was recorded. */
export interface RecordedConversation extends Asked {
  readonly chat: Chat;
  readonly groupIds: ArrayLike<number>;
}

/**
 * Asks the model, of each input that was recorded, what the payoff did not need: its answer, and how probable every step of the explained answer is. Payoffs of
 * either kind can be made of such a recording.
 * @throws ConnectorError as the model does: one that gives no log-probabilities is to be refused before (`can.score`).
 */
export async function wholeRecording(
  recording: GameRecording,
  { chat, groupIds, ...asked }: RecordedConversation,
  run: RunOptions,
): Promise<GameRecording> {
  const { players, target } = recording;
  const { coalitions } = recording.asked;
  const { sharedPrefix, branch, masked } = chat.playable(groupIds);
  const options = { ...asked, sharedPrefix, branch };
  const all = async <T>(question: Question<T>): Promise<Recorded<T>> => {
    const source = chatSource(players, masked, createAsker(question));
    await source.ask(coalitions, run);
    return source.recorded();
  };
  const scores = recording.needs === "scores" ? undefined : await all(scoreQuestion(options, target));
  const answers = recording.needs === "responses" ? undefined : await all(responseQuestion(options));
  return { ...recording, beside: { scores, answers } };
}
