/*
 * Messages as other programs store them: keys that say nothing here are left out, parts and roles get our names. Whatever is not understood
 * stays as it is, so that the check of the spec names it with its place.
 */

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

/** A list of messages, or whatever stands in its place. */
export function adoptMessages(messages: unknown, note: Note): unknown {
  return Array.isArray(messages)
    ? messages.map((message) => (isMapping(message) ? adoptMessage(message, note) : (message as unknown)))
    : messages;
}

function adoptMessage(message: Json, note: Note): Json {
  const kept: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(message)) {
    if (!FOREIGN.has(key)) kept[key] = value;
    else if (!isNothing(value)) note(`"${key}" of messages is left out`);
  }
  kept.role = roleOf(message.role, note);
  kept.content = contentOf(message, note);
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
function contentOf({ content, tool_calls: calls }: Json, note: Note): unknown {
  if (isNothing(content) && !isNothing(calls)) {
    note("calls of tools are read as text");
    return JSON.stringify(calls);
  }
  return Array.isArray(content) ? content.map((part) => (isMapping(part) ? adoptPart(part) : (part as unknown))) : content;
}

function adoptPart(part: Json): Json {
  const { type } = part;
  if ((type === "input_text" || type === "output_text") && typeof part.text === "string") return { type: "text", text: part.text };
  if (type !== "audio" && type !== "audio_url") return part;
  const { audio, url, audio_url: address, ...rest } = part;
  const place = [audio, url, isMapping(address) ? address.url : address].find((one) => typeof one === "string");
  return place === undefined || part.path !== undefined ? part : { ...rest, type: "audio", path: place };
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0);
}

export function isMapping(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
