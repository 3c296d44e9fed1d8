import type { ModelConfig } from "../chat/model_config.js";
import type { Model, ModelUsage } from "../connectors/types.js";
import type { RunOptions } from "../events.js";
import type { Asked } from "../game/questions.js";
import { recognised } from "../game/recognise.js";
import type { PlayerTree } from "../game/types.js";
import { type ModelMemo, memoryMemo, noMemo } from "../memo/memory.js";
import { createPayoff, PAYOFFS, type PayoffChoice } from "../payoffs/registry.js";
import { playerTree } from "../players/tree.js";
import type { ModelIdentity, Resources } from "../repos/resources.js";
import type { ExplainRequest } from "../spec/request.js";
import type { GenerationSpec } from "../spec/schema.js";
import { createClosing } from "../util/closing.js";
import { type Conversation, readConversation } from "./conversation.js";
import { requireSteps } from "./explained_steps.js";
import { loadModel } from "./load_model.js";
import { shareOf } from "./model_share.js";
import { type ChatGame, openGame } from "./open_game.js";
import { payoffHelpers } from "./payoff_helpers.js";
import { type CallerResources, resourcesOf } from "./resources.js";
import { collectWarnings } from "./warnings.js";

export interface OpenRunOptions extends CallerResources {
  /** A loaded model, which stays open; without one the request's own is loaded and closed. One model serves many runs, several at once too. */
  readonly model?: Model | undefined;
  /** What is known of the model's answers; it learns the new ones. @default one that lives as long as the run */
  readonly memo?: ModelMemo | undefined;
  /** false: a model behind a server is opened without asking anything of it. @default true */
  readonly contact?: boolean | undefined;
}

/** What a request stands for, opened: its model, its conversation, and the game that can be played with it. Closed as a whole. */
export interface OpenRun extends Conversation, AsyncDisposable {
  readonly request: ExplainRequest;
  readonly model: Model;
  /** What whoever plays the game is to pass on: the caller's signal, and events on their way to the caller. */
  readonly options: RunOptions;
  /** What the user has been warned of since the model was there. */
  readonly warnings: readonly string[];
  /** Unions of the players from coarse to fine. */
  tree(): PlayerTree;
  /** What the run's calls of the model came to so far. */
  usage(): ModelUsage;
  /**
   * Loads the encoder where the payoff needs one, asks the model for the answer where the spec does not give it, and opens the game.
   * @param groupIds the game's players. @default those of the spec
   * @throws SpecError where the model cannot give what the payoff needs.
   */
  openGame(groupIds?: Int32Array): Promise<OpenGame>;
}

/** A conversation's game, ready to be played. */
export interface OpenGame extends ChatGame {
  readonly choice: PayoffChoice;
  /** The model that compares answers beside the explained one; null where none does. */
  readonly encoder: ModelIdentity | null;
}

/**
 * Loads the request's model, reads its audio, builds its chat and cuts it into players. What fails closes what was opened.
 * @param onModel sees the model before anything is asked of it.
 * @throws SpecError, ConnectorError, AudioError or ContextError: as `loadModel` and `readConversation`.
 */
export async function openRun(
  request: ExplainRequest,
  caller: OpenRunOptions = {},
  onModel: (model: Model) => void = () => undefined,
): Promise<OpenRun> {
  const closing = createClosing();
  try {
    const model = caller.model ?? (await loadModel(request, caller));
    if (caller.model === undefined) closing.add(() => model.dispose());
    onModel(model);
    const { options, warnings } = collectWarnings(caller);
    const resources = resourcesOf(request, { ...caller, ...options });
    options.onEvent?.({ kind: "phase", label: "reading the conversation" });
    const conversation = await readConversation(request, model, resources);
    const share = shareOf(model);
    return {
      ...conversation,
      request,
      model,
      options,
      warnings,
      usage: share.usage,
      tree: () => playerTree(conversation.chat, conversation.players, request.spec.explain.players.segment_seconds),
      async openGame(groupIds = conversation.groupIds) {
        const { payoff, choice, encoder } = await openPayoff(request, share.model, resources, closing.add);
        const asked = await askedOf(request, share.model, conversation.maxNewTokens, caller.memo ?? memoryMemo());
        options.onEvent?.({ kind: "phase", label: conversation.given === null ? "answering" : "scoring the answer" });
        const { chat, given } = conversation;
        const opened = await openGame({ asked, chat, groupIds, payoff, given, part: request.spec.explain.target }, options);
        return { ...opened, choice, encoder };
      },
      [Symbol.asyncDispose]: closing.close,
    };
  } catch (error) {
    await closing.close();
    throw error;
  }
}

async function openPayoff(request: ExplainRequest, model: Model, resources: Resources, closeLater: (close: () => Promise<void>) => void) {
  const { spec, policy } = request;
  // A command of whoever runs the spec goes before the spec's own word.
  const choice: PayoffChoice =
    policy.payoffCommand === null ? spec.explain.payoff : { kind: PAYOFFS.command.name, ...policy.payoffCommand };
  requireSteps(spec.explain, choice);
  const helpers = payoffHelpers(spec, { locate: (source) => request.paths.encoder?.name ?? source, resources, closeLater });
  const payoff = await createPayoff(choice, { model, ...helpers });
  return { payoff, choice, encoder: helpers.identity() };
}

/** How the model is asked, and what is remembered of its answers. */
async function askedOf({ spec }: ExplainRequest, model: Model, maxNewTokens: number, known: ModelMemo): Promise<Asked> {
  const { generation, explain, run } = spec;
  const memo = run.cache ? known : noMemo();
  return {
    model,
    generate: { maxNewTokens, modelConfig: modelConfigOf(generation), seed: explain.seed },
    memo,
    salt: generation.history + (run.cache ? await recognised(model.identity, memo) : ""),
  };
}

function modelConfigOf(generation: GenerationSpec): ModelConfig {
  return {
    textTemperature: generation.text_temperature,
    textTopK: generation.text_top_k,
    audioTemperature: generation.audio_temperature,
    audioTopK: generation.audio_top_k,
  };
}
