import type { Path } from "../parse.js";
import { adoptMessages, isMapping } from "./messages.js";
import type { Sounds } from "./sounds.js";

/** A text as a spec, whatever program wrote it. */
export interface Adopted {
  readonly data: unknown;
  /** What was left out or read as something else, for the user to know. */
  readonly notes: readonly string[];
  /** Sound that stands in it; `path` of its part is its name here. */
  readonly sounds: Sounds;
  /** Where a place of the spec is in the text. */
  readonly origin: (path: Path) => Path;
}

type Json = Readonly<Record<string, unknown>>;

/** A form that conversations are found in. */
interface ForeignForm {
  recognises(data: unknown): boolean;
  /** Notes are added to `notes`. */
  adopt(data: never, notes: Set<string>): Omit<Adopted, "notes" | "sounds">;
}

const same = (path: Path): Path => path;

/** A list of messages: a chat as programs store it. */
const messageList: ForeignForm = {
  recognises: Array.isArray,
  adopt: (data: readonly unknown[]) => ({
    data: { messages: data },
    origin: (path) => (path[0] === "messages" ? path.slice(1) : path),
  }),
};

/** Of a request to a server; what it says of sampling is the server's affair. */
const BODY_KEYS = new Set([
  ...[
    "temperature",
    "top_p",
    "n",
    "stream",
    "stream_options",
    "stop",
    "presence_penalty",
    "frequency_penalty",
    "logit_bias",
    "user",
    "seed",
  ],
  ...[
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "response_format",
    "logprobs",
    "top_logprobs",
    "modalities",
    "audio",
    "metadata",
    "store",
  ],
]);
const LENGTHS = ["max_completion_tokens", "max_tokens"];

/** The body of a request for a chat completion: its model is a name, not a mapping. */
const requestBody: ForeignForm = {
  recognises: (data) => isMapping(data) && Array.isArray(data.messages) && typeof data.model === "string",
  adopt(data: Json, notes) {
    const spec: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(data)) {
      if (key === "model")
        notes.add(`the request's model ${JSON.stringify(value)} is left out: name one with --repo, --model or MLLM_SHAP_MODEL`);
      else if (BODY_KEYS.has(key)) notes.add(`the request's "${key}" is left out`);
      else if (!LENGTHS.includes(key)) spec[key] = value;
    }
    const length = LENGTHS.find((key) => data[key] !== undefined && data[key] !== null);
    if (length !== undefined) spec.generation = { max_new_tokens: data[length] };
    const origin = (path: Path): Path => (path[0] === "generation" && length !== undefined ? [length] : path);
    return { data: spec, origin };
  },
};

/** ShareGPT: `{conversations: [{from, value}]}`. */
const shareGpt: ForeignForm = {
  recognises: (data) => isMapping(data) && data.messages === undefined && Array.isArray(data.conversations),
  adopt(data: Json) {
    const { conversations, id: _, ...rest } = data;
    const turns = conversations as readonly unknown[];
    const messages = turns.map((turn) => (isMapping(turn) && "value" in turn ? { role: turn.from, content: turn.value } : turn));
    const names: Readonly<Record<string, string>> = { messages: "conversations", role: "from", content: "value" };
    return { data: { ...rest, messages }, origin: (path) => (path[0] === "messages" ? path.map((step) => names[step] ?? step) : path) };
  },
};

const FORMS: readonly ForeignForm[] = [messageList, requestBody, shareGpt];

/** A spec stays as it is, but for messages that other programs wrote. */
export function adopt(data: unknown): Adopted {
  const notes = new Set<string>();
  const form = FORMS.find((one) => one.recognises(data));
  const own = form === undefined ? { data, origin: same } : form.adopt(data as never, notes);
  const sounds: Sounds = new Map();
  const spec = isMapping(own.data) ? adopted(own.data, notes, sounds) : own.data;
  return { data: spec, notes: [...notes], sounds, origin: own.origin };
}

/** `$schema` is for editors. */
function adopted({ $schema: _, ...data }: Json, notes: Set<string>, sounds: Sounds): Json {
  return data.messages === undefined ? data : { ...data, messages: adoptMessages(data.messages, (text) => notes.add(text), sounds) };
}
