import type { ModelResponse } from "../chat/model_response.js";
import type { Model } from "../connectors/types.js";
import type { RunOptions } from "../events.js";
import { answer } from "../game/ask.js";
import { type ConversationGame, conversationGame } from "../game/conversation_game.js";
import type { Encoder } from "../helpers/sentence_encoder.js";
import { type ModelMemo, memoryMemo } from "../memo/memory.js";
import { createPayoff, type PayoffChoice } from "../payoffs/registry.js";
import type { ModelIdentity } from "../repos/resources.js";
import type { ExplainRequest } from "../spec/request.js";
import { askedOf, type Conversation, type LoadModelOptions, payoffOf } from "./prepare.js";

/** A conversation's game, ready to be played. */
export interface OpenedGame {
  readonly game: ConversationGame;
  /** The answer that is explained. */
  readonly target: ModelResponse;
  readonly choice: PayoffChoice;
  /** The sentence encoder that compares answers; null where none does. */
  readonly encoder: ModelIdentity | null;
  dispose(): Promise<void>;
}

export interface OpenGameOptions extends Omit<LoadModelOptions, keyof RunOptions> {
  readonly memo?: ModelMemo | undefined;
}

/** Loads the encoder where the payoff needs one, and asks the model for the answer where the spec does not give it. */
export async function openGame(
  request: ExplainRequest,
  model: Model,
  { chat, groupIds, given, maxNewTokens }: Conversation,
  options: OpenGameOptions,
  run: RunOptions,
): Promise<OpenedGame> {
  const encoders: Encoder[] = [];
  const dispose = async (): Promise<void> => {
    for (const encoder of encoders.splice(0)) await encoder.dispose();
  };
  const choice = payoffOf(request);
  try {
    const payoff = await createPayoff(choice, {
      model,
      loadEncoder: async () => {
        const encoder = await openEncoder(request, options, run);
        encoders.push(encoder);
        return encoder.embed;
      },
    });
    const asked = askedOf(request.spec, model, maxNewTokens, options.memo ?? memoryMemo());
    const target = given ?? (await answer(asked, chat, run));
    const game = conversationGame({ ...asked, chat, groupIds, target, payoff });
    return { game, target, choice, encoder: encoders[0]?.identity ?? null, dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/**
 * A model of its own: it comes in fp32 unless the spec gives a precision for the component `encoder`. Most runs need none, so the
 * runtime is loaded with it.
 */
async function openEncoder({ spec, policy, paths }: ExplainRequest, options: OpenGameOptions, run: RunOptions): Promise<Encoder> {
  const { loadEncoder } = await import("../helpers/sentence_encoder.js");
  const { dtype, device } = spec.model;
  return await loadEncoder({
    config: { repoId: paths.encoder ?? "" },
    device,
    dtype: typeof dtype === "string" ? "fp32" : dtype,
    threads: spec.run.threads,
    allowDownload: policy.allowDownload,
    offline: policy.offline,
    cacheDir: options.cacheDir,
    token: options.token,
    ...run,
  });
}
