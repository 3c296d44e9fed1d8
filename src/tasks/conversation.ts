import { answerRoom, type ContextUse } from "../chat/context_window.js";
import { SystemRolesSetup } from "../chat/enums.js";
import { ExcludePunctuationTokensFilter, KeepAllTokens } from "../chat/filters.js";
import type { ModelResponse } from "../chat/model_response.js";
import type { Chat, ChatOptions } from "../chat/types.js";
import type { Model } from "../connectors/types.js";
import { SpecError } from "../errors.js";
import type { RunOptions } from "../events.js";
import { PAYOFFS } from "../payoffs/registry.js";
import { buildPlayers, type Players } from "../players/players.js";
import { withSpeakers } from "../players/speakers.js";
import type { ModelIdentity, Resources } from "../repos/resources.js";
import type { Result } from "../results/result_schema.js";
import { askedIn } from "../spec/asked.js";
import type { ExplainRequest } from "../spec/request.js";
import type { MessageSpec, Spec } from "../spec/schema.js";
import { notesOnAnswer } from "./given_answer.js";
import { openAligner } from "./open_aligner.js";
import { inputsOf, readMessages } from "./read_messages.js";

/** A spec's conversation as its model sees it. */
export interface Conversation {
  /** Ends with the opening of the answer. */
  readonly chat: Chat;
  readonly players: Players["players"];
  /** Player of each token: see `Players.groupIds`. */
  readonly groupIds: Players["groupIds"];
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

const SYSTEM_ROLES = {
  none: SystemRolesSetup.NONE,
  system: SystemRolesSetup.SYSTEM,
  system_assistant: SystemRolesSetup.SYSTEM_ASSISTANT,
} as const satisfies Record<Spec["explain"]["system_roles"], SystemRolesSetup>;

/**
 * @throws SpecError where the conversation has no players, ContextError where the model has too few positions for it, AudioError where a file is no sound, ConnectorError where the model's
 * template refuses it or a transcript does not fit its audio.
 */
export async function readConversation(request: ExplainRequest, model: Model, resources: Resources): Promise<Conversation> {
  const { spec } = request;
  const { asked, answer } = askedIn(spec);
  const { chat, speakers, ...heard } =
    typeof asked === "string"
      ? { chat: await promptChat(request, model, resources), ...NOTHING_HEARD }
      : await messagesChat(request, asked, model, resources);
  const { text, audio, segment_seconds: segmentSeconds } = spec.explain.players;
  const { players: unnamed, groupIds } = buildPlayers(chat, { text, audio, segmentSeconds }, spec.explain.groups);
  const players = withSpeakers(unnamed, chat, speakers);
  for (const message of answer === null ? [] : notesOnAnswer(answer, spec)) resources.onEvent?.({ kind: "warning", message });
  const given = answer === null ? null : model.encodeResponse(answer, chat);
  const context = model.contextUse?.(chat) ?? null;
  const maxNewTokens = longestAnswer(spec, context, given, resources);
  return { chat, players, groupIds, given, context, maxNewTokens, ...heard };
}

/** All coalitions are asked for answers of one length: the one that the whole conversation leaves room for, of which any part leaves more. */
function longestAnswer(
  { generation, explain }: Spec,
  context: ContextUse | null,
  given: ModelResponse | null,
  { onEvent }: RunOptions,
): number {
  const room = answerRoom(context, given?.generatedModalityFlag.length);
  const asked = generation.max_new_tokens;
  if (context === null || room >= asked) return asked;
  const { used, window } = context;
  const message = `the conversation takes ${used} of the ${window} tokens of the model's context window: an answer has room for ${room} tokens, fewer than generation.max_new_tokens = ${asked}`;
  if (given === null || PAYOFFS[explain.payoff.kind].asks === "responses") onEvent?.({ kind: "warning", message });
  return Math.max(1, room);
}

const NOTHING_HEARD = { inputs: [], aligner: null, speakers: [] } as const;

async function promptChat({ spec }: ExplainRequest, model: Model, resources: Resources): Promise<Chat> {
  if (model.buildPrompt === undefined) throw new SpecError(`prompt is not for ${model.identity.connector}, which answers messages`);
  return await model.buildPrompt(spec.prompt ?? [], chatOptions(spec, resources));
}

async function messagesChat(request: ExplainRequest, asked: readonly MessageSpec[], model: Model, resources: Resources) {
  const { messages, files, speakers } = await readMessages(asked, request, resources);
  const aligner = await openAligner(request, messages, resources);
  try {
    const chat = await model.buildChat(messages, { ...chatOptions(request.spec, resources), aligner: aligner ?? undefined });
    return { chat, speakers, inputs: inputsOf(chat, files), aligner: (await aligner?.identity()) ?? null };
  } finally {
    await aligner?.dispose();
  }
}

function chatOptions({ explain, run }: Spec, { ffmpegPath, onEvent }: Resources): ChatOptions {
  const { token_filter: filter, system_roles: roles, audio_masking: masking, text_masking: textMasking } = explain;
  return {
    tokenFilter: filter === "punctuation" ? new ExcludePunctuationTokensFilter() : new KeepAllTokens(),
    systemRolesSetup: SYSTEM_ROLES[roles],
    audioMasking: masking === "model" ? undefined : masking,
    textMasking,
    ffmpegPath,
    memory: run.memory,
    onEvent,
  };
}
