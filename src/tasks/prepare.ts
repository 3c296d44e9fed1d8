import { answerRoom, type ContextUse } from "../chat/context_window.js";
import { ModelHistoryTrackingMode, SystemRolesSetup } from "../chat/enums.js";
import { ExcludePunctuationTokensFilter, KeepAllTokens } from "../chat/filters.js";
import type { ModelConfig } from "../chat/model_config.js";
import type { ModelResponse } from "../chat/model_response.js";
import type { Chat, ChatOptions } from "../chat/types.js";
import { openModel } from "../connectors/registry.js";
import type { LoadOptions, Model } from "../connectors/types.js";
import { SpecError } from "../errors.js";
import type { Asked } from "../game/questions.js";
import { type ModelMemo, noMemo } from "../memo/memory.js";
import { PAYOFFS, type PayoffChoice } from "../payoffs/registry.js";
import { buildPlayers, type Players } from "../players/players.js";
import { playerTree } from "../players/tree.js";
import type { ModelIdentity } from "../repos/resources.js";
import type { Result } from "../results/result_schema.js";
import { coalitionsOf } from "../shapley/budget.js";
import { requireInteractions } from "../shapley/interactions.js";
import { type MethodPlan, planMethod, resolveSampler } from "../shapley/plan.js";
import { methods } from "../shapley/registry.js";
import { askedIn } from "../spec/asked.js";
import type { ExplainRequest } from "../spec/request.js";
import type { GenerationSpec, MessageSpec, Spec } from "../spec/schema.js";
import { notesOnAnswer } from "./given_answer.js";
import { type HearOptions, inputsOf, openAligner, readMessages } from "./read_messages.js";

export type LoadModelOptions = HearOptions;

/** A spec's conversation as its model sees it. */
export interface Conversation {
  /** Ends with the opening of the answer; its players are set. */
  readonly chat: Chat;
  readonly players: Players["players"];
  /** The answer that the spec gives itself (its closing assistant message, or the prompt's answer); null where the model is to answer. */
  readonly given: ModelResponse | null;
  /** What the chat takes of the model's context window; null where the model does not state it. */
  readonly context: ContextUse | null;
  /** Steps of an answer at most: as many as were asked for, or as many as the whole chat leaves positions for. */
  readonly maxNewTokens: number;
  /** What was heard, for the result's record. */
  readonly inputs: Result["inputs"];
  /** What found the words in it; null where nothing was aligned. */
  readonly aligner: ModelIdentity | null;
}

const HISTORY = {
  text: ModelHistoryTrackingMode.TEXT,
  audio: ModelHistoryTrackingMode.AUDIO,
  text_audio: ModelHistoryTrackingMode.TEXT_AUDIO,
} as const satisfies Record<GenerationSpec["history"], ModelHistoryTrackingMode>;

const SYSTEM_ROLES = {
  none: SystemRolesSetup.NONE,
  system: SystemRolesSetup.SYSTEM,
  system_assistant: SystemRolesSetup.SYSTEM_ASSISTANT,
} as const satisfies Record<Spec["explain"]["system_roles"], SystemRolesSetup>;

/**
 * Loads the model that a request names.
 * @throws SpecError where it may not be reached, ConnectorError where it cannot be loaded.
 */
export async function loadModel({ spec, policy, paths }: ExplainRequest, options: LoadModelOptions = {}): Promise<Model> {
  const { connector, revision, dtype, device, template_kwargs: templateKwargs } = spec.model;
  return await openModel(connector, {
    config: { repoId: paths.repo, revision },
    dtype,
    device,
    historyTrackingMode: HISTORY[spec.generation.history],
    template: templateOf({ spec, paths }),
    templateKwargs,
    allowDownload: policy.allowDownload,
    offline: policy.offline,
    memory: spec.run.memory,
    batchSize: spec.run.batch_size,
    threads: spec.run.threads,
    speculation: spec.run.speculation,
    ...options,
  });
}

function templateOf({ spec, paths }: Pick<ExplainRequest, "spec" | "paths">): LoadOptions["template"] {
  const { template } = spec.model;
  if (template === null || "name" in template) return template;
  return { file: paths.template ?? template.file };
}

/**
 * @throws SpecError where the conversation has no players, ContextError where the model has too few positions for it, AudioError where a file is no sound, ConnectorError where the model's
 * template refuses it or a transcript does not fit its audio.
 */
export async function buildConversation(request: ExplainRequest, model: Model, options: HearOptions = {}): Promise<Conversation> {
  const { spec } = request;
  const { asked, answer } = askedIn(spec);
  const { chat, ...heard } =
    typeof asked === "string"
      ? { chat: await promptChat(request, model, options), ...NOTHING_HEARD }
      : await hearConversation(request, asked, model, options);
  const { text, audio, segment_seconds: segmentSeconds } = spec.explain.players;
  const { players, groupIds } = buildPlayers(chat, { text, audio, segmentSeconds }, spec.explain.groups);
  chat.externalGroupIds = groupIds;
  for (const message of answer === null ? [] : notesOnAnswer(answer, spec)) options.onEvent?.({ kind: "warning", message });
  const given = answer === null ? null : model.encodeResponse(answer, chat);
  const context = model.contextUse?.(chat) ?? null;
  const maxNewTokens = longestAnswer(spec, context, given, options);
  return { chat, players, given, context, maxNewTokens, ...heard };
}

/** All coalitions are asked for answers of one length: the one that the whole conversation leaves room for, of which any part leaves more. */
function longestAnswer(
  { generation, explain }: Spec,
  context: ContextUse | null,
  given: ModelResponse | null,
  { onEvent }: HearOptions,
): number {
  const room = answerRoom(context, given?.generatedModalityFlag.length);
  const asked = generation.max_new_tokens;
  if (context === null || room >= asked) return asked;
  const { used, window } = context;
  const message = `the conversation takes ${used} of the ${window} tokens of the model's context window: an answer has room for ${room} tokens, fewer than generation.max_new_tokens = ${asked}`;
  if (given === null || PAYOFFS[explain.payoff.kind].asks === "responses") onEvent?.({ kind: "warning", message });
  return Math.max(1, room);
}

const NOTHING_HEARD = { inputs: [], aligner: null } as const;

async function promptChat({ spec }: ExplainRequest, model: Model, options: HearOptions): Promise<Chat> {
  if (model.buildPrompt === undefined) throw new SpecError(`prompt is not for ${spec.model.connector}, which answers messages`);
  return await model.buildPrompt(spec.prompt ?? [], chatOptions(spec, options));
}

async function hearConversation(request: ExplainRequest, asked: readonly MessageSpec[], model: Model, options: HearOptions) {
  const { messages, files } = await readMessages(asked, request, options);
  const aligner = await openAligner(request, messages, options);
  try {
    const chat = await model.buildChat(messages, { ...chatOptions(request.spec, options), aligner: aligner ?? undefined });
    return { chat, inputs: inputsOf(chat, files), aligner: (await aligner?.identity()) ?? null };
  } finally {
    await aligner?.dispose();
  }
}

function chatOptions({ explain }: Spec, { ffmpegPath, onEvent }: HearOptions): ChatOptions {
  const { token_filter: filter, system_roles: roles, audio_masking: masking } = explain;
  return {
    tokenFilter: filter === "punctuation" ? new ExcludePunctuationTokensFilter() : new KeepAllTokens(),
    systemRolesSetup: SYSTEM_ROLES[roles],
    audioMasking: masking === "model" ? undefined : masking,
    ffmpegPath,
    onEvent,
  };
}

/** How the model is asked, and what is remembered of its answers. */
export function askedOf({ generation, explain, run }: Spec, model: Model, maxNewTokens: number, memo: ModelMemo): Asked {
  return {
    model,
    generate: { maxNewTokens, modelConfig: modelConfigOf(generation), seed: explain.seed },
    memo: run.cache ? memo : noMemo(),
    salt: generation.history,
  };
}

/** What coalitions are worth; a command of whoever runs the spec goes before the spec's own word. */
export function payoffOf({ spec, policy }: ExplainRequest): PayoffChoice {
  return policy.payoffCommand === null ? spec.explain.payoff : { kind: PAYOFFS.command.name, ...policy.payoffCommand };
}

/** @throws BudgetError where the sampler cannot be played with this budget. */
export function planOf(
  { explain }: Spec,
  { chat, players }: Pick<Conversation, "chat" | "players">,
  given: ExplainRequest["given"],
): MethodPlan {
  const { sampler, confidence } = explain;
  const budget = coalitionsOf(explain.budget, players.length);
  const { needsTree } = resolveSampler(sampler, players.length, budget);
  if (explain.top !== null && !needsTree) {
    const hierarchical = methods.filter((method) => method.needsTree).map(({ name }) => name);
    throw new SpecError(`explain.top refines the unions of sampler ${hierarchical.join(" or ")}, not of ${sampler}`);
  }
  const tree = needsTree ? playerTree(chat, players, explain.players.segment_seconds) : undefined;
  const plan = planMethod({
    sampler,
    players: players.length,
    budget,
    budgetGiven: given.has("explain.budget"),
    options: { confidence, tree },
  });
  if (explain.interactions) requireInteractions(plan, players.length);
  return plan;
}

function modelConfigOf(generation: GenerationSpec): ModelConfig {
  return {
    textTemperature: generation.text_temperature,
    textTopK: generation.text_top_k,
    audioTemperature: generation.audio_temperature,
    audioTopK: generation.audio_top_k,
  };
}
