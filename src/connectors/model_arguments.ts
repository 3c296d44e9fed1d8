import { requireCodes } from "../chat/append.js";
import { inWords, requireArray, requireBytes, requireObject, requireTranscript } from "../chat/arguments.js";
import type { ModelResponse } from "../chat/model_response.js";
import type { ChatMessage } from "../chat/types.js";
import { ConnectorError } from "../errors.js";

/** @throws ConnectorError where these are no chats. */
export function requireChats(chats: unknown): void {
  requireArray(chats, "the chats to answer");
}

/** @throws ConnectorError where an answer has not what a model gives. */
export function requireResponse(response: unknown): void {
  requireObject(response, "a response");
  const { generatedTextTokens, generatedAudioTokens, generatedModalityFlag } = response as Partial<ModelResponse>;
  if (!(generatedTextTokens instanceof Int32Array)) {
    throw new ConnectorError(`generatedTextTokens of a response must be an Int32Array, not ${inWords(generatedTextTokens)}`);
  }
  requireCodes(generatedAudioTokens);
  requireArray(generatedModalityFlag, "generatedModalityFlag of a response");
}

/** @throws ConnectorError as above, of each. */
export function requireResponses(responses: unknown): void {
  requireArray(responses, "the responses");
  for (const response of responses) requireResponse(response);
}

/** @throws ConnectorError where the given answer is no text. */
export function requireAnswer(text: unknown): void {
  if (typeof text !== "string") throw new ConnectorError(`the answer to explain must be a text, not ${inWords(text)}`);
  if (text === "") throw new ConnectorError("the answer to explain is empty: there is nothing to score");
}

const ROLES: readonly unknown[] = ["system", "user", "assistant"] satisfies readonly ChatMessage["role"][];

/** @throws ConnectorError where messages are not as `ChatMessage` has them: contents are lists of parts. */
export function requireMessages(messages: unknown): void {
  requireArray(messages, "the messages");
  for (const [i, message] of messages.entries()) {
    const name = `message ${i + 1}`;
    requireObject(message, name);
    const { role, content } = message as { readonly role?: unknown; readonly content?: unknown };
    if (!ROLES.includes(role)) throw new ConnectorError(`the role of ${name} is ${inWords(role)}: valid are ${ROLES.join(", ")}`);
    requireArray(content, `the content of ${name}`);
    for (const part of content) requirePart(part, name);
  }
}

function requirePart(part: unknown, name: string): void {
  requireObject(part, `a part of ${name}`);
  const { kind, text, bytes, transcript } = part as { kind?: unknown; text?: unknown; bytes?: unknown; transcript?: unknown };
  if (kind === "text") {
    if (typeof text !== "string") throw new ConnectorError(`a text of ${name} is ${inWords(text)}, not a string`);
    return;
  }
  if (kind !== "audio") throw new ConnectorError(`the kind of a part of ${name} is ${inWords(kind)}: valid are text, audio`);
  requireBytes(bytes);
  if (transcript !== null && transcript !== undefined) requireTranscript(transcript);
}
