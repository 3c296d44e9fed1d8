/*
 * Messages as other programs store them: keys that say nothing here are left out, parts and roles get our names. Whatever is not understood
 * stays as it is, so that the check of the spec names it with its place.
 */

import { isDataUrl, type Sounds, soundName } from "./sounds.js";

type Json = Readonly<Record<string, unknown>>;

/** Told once each of what was left out or read as something else. */
export type Note = (text: string) => void;

const ROLES: Readonly<Record<string, string>> = {
  developer: "system",
  human: "user",
  gpt: "assistant",
  chatgpt: "assistant",
};
/** What programs answer comes to the model from outside, as what the user says does. */
const TOOLS = new Set(["tool", "function", "observation", "function_response"]);
/** Of a message; what else there is may be a misspelt key. */
const FOREIGN = new Set([
  "name",
  "refusal",
  "tool_calls",
  "function_call",
  "tool_call_id",
  "audio",
  "annotations",
  "id",
  "reasoning_content",
  "weight",
]);

/** A list of messages, or whatever stands in its place. @param sounds gets what sound stands in them, by its name. */
export function adoptMessages(messages: unknown, note: Note, sounds: Sounds): unknown {
  return Array.isArray(messages)
    ? messages.map((message, i) => (isMapping(message) ? adoptMessage(message, note, keeper(sounds, i + 1)) : (message as unknown)))
    : messages;
}

/** Keeps a sound. @returns the name that it goes by. */
type Keep = (type: string, data: unknown) => string;

/** @param number of the message, from 1. */
function keeper(sounds: Sounds, number: number): Keep {
  let count = 0;
  return (type, data) => {
    const name = soundName(type, ++count, number);
    sounds.set(name, data);
    return name;
  };
}

function adoptMessage(message: Json, note: Note, keep: Keep): Json {
  const kept: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(message)) {
    if (!FOREIGN.has(key)) kept[key] = value;
    else if (!isNothing(value)) note(`"${key}" of messages is left out`);
  }
  kept.role = roleOf(message.role, note);
  kept.content = contentOf(message, note, keep);
  if (kept.content === undefined) delete kept.content;
  return kept;
}

function roleOf(role: unknown, note: Note): unknown {
  if (typeof role !== "string") return role;
  if (TOOLS.has(role)) {
    note(`messages of role "${role}" are read as the user's`);
    return "user";
  }
  return Object.hasOwn(ROLES, role) ? ROLES[role] : role;
}

/** A call of a tool is what the assistant said. */
function contentOf({ content, tool_calls: calls }: Json, note: Note, keep: Keep): unknown {
  if (isNothing(content) && !isNothing(calls)) {
    note("calls of tools are read as text");
    return JSON.stringify(calls);
  }
  return Array.isArray(content) ? content.map((part) => (isMapping(part) ? adoptPart(part, keep) : (part as unknown))) : content;
}

function adoptPart(part: Json, keep: Keep): Json {
  const { type } = part;
  if (type === "input_audio") return adoptInputAudio(part, keep);
  if ((type === "input_text" || type === "output_text") && typeof part.text === "string") return { type: "text", text: part.text };
  if (type !== "audio" && type !== "audio_url") return part;
  const { audio, url, audio_url: address, ...rest } = part;
  const place = [audio, url, isMapping(address) ? address.url : address].find((one) => typeof one === "string");
  if (place === undefined || part.path !== undefined) return part;
  return { ...rest, type: "audio", path: isDataUrl(place) ? keep(type, place) : place };
}

/** What kind of sound it is, is told from its content, whatever its `format` says. */
function adoptInputAudio({ input_audio: sound, ...rest }: Json, keep: Keep): Json {
  return { ...rest, type: "audio", path: keep("input_audio", isMapping(sound) ? sound.data : sound) };
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0);
}

export function isMapping(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
