import { readFile } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { ConnectorError } from "../../errors.js";
import type { TokenizerJson } from "./token_bytes.js";
import type { Tokenizer } from "./tokenizer.js";
import { adaptTokenizer } from "./transformers_tokenizer.js";

/** One message as chat templates see it. */
export interface TemplateMessage {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

/** A model's chat template. */
export interface ChatTemplate {
  /**
   * @param generationPrompt end with the opening of the assistant's answer.
   * @throws ConnectorError with the template's own message where it refuses the messages.
   */
  render(messages: readonly TemplateMessage[], generationPrompt: boolean): string;
}

export interface LoadedTokenizer {
  readonly tokenizer: Tokenizer;
  /** null for a model without one: then there are no turn markers. */
  readonly chatTemplate: ChatTemplate | null;
  /** Ids that end an answer, ascending: of generation_config.json or else config.json or genai_config.json, and the tokeniser's own. */
  readonly eosIds: readonly number[];
}

/** Templates that print today's date get this one, so that equal runs feed equal tokens. It is the date that Llama's template falls back on. */
const FIXED_DATE = "26 Jul 2024";

/**
 * Loads tokenizer.json, tokenizer_config.json and, where they exist, chat_template.jinja, generation_config.json and config.json.
 * @param folder absolute path; nothing is fetched.
 * @throws ConnectorError where a file is missing or the tokeniser is of an unsupported kind.
 */
export async function loadTokenizer(folder: string): Promise<LoadedTokenizer> {
  if (!isAbsolute(folder)) throw new ConnectorError(`a tokeniser's folder must be an absolute path, got ${folder}`);
  const json = await readJson<TokenizerJson>(folder, "tokenizer.json");
  if (json === null) throw new ConnectorError(`${folder} has no tokenizer.json`);
  if ((await readJson(folder, "tokenizer_config.json")) === null) throw new ConnectorError(`${folder} has no tokenizer_config.json`);
  const { AutoTokenizer } = await import("@huggingface/transformers");
  const source = await AutoTokenizer.from_pretrained(folder, { local_files_only: true }).catch((cause: unknown) => {
    throw new ConnectorError(`the tokeniser in ${folder} cannot be loaded: ${messageOf(cause)}`, { cause });
  });
  const jinja = await readText(folder, "chat_template.jinja");
  const hasTemplate = jinja !== null || source.chat_template !== null;
  return {
    tokenizer: adaptTokenizer(source, json),
    chatTemplate: hasTemplate ? { render: (messages, prompt) => render(source, jinja, messages, prompt) } : null,
    eosIds: await endTokens(folder, source.eos_token_id ?? null),
  };
}

type Source = Awaited<ReturnType<typeof import("@huggingface/transformers").AutoTokenizer.from_pretrained>>;

function render(source: Source, jinja: string | null, messages: readonly TemplateMessage[], generationPrompt: boolean): string {
  try {
    // transformers.js defines strftime_now itself and lets nobody define it again.
    const template = (source.get_chat_template({ chat_template: jinja as never }) as string).replaceAll("strftime_now", "fixed_strftime");
    return source.apply_chat_template([...messages], {
      ...{ date_string: FIXED_DATE, fixed_strftime: fixedStrftime },
      chat_template: template,
      add_generation_prompt: generationPrompt,
      tokenize: false,
    }) as string;
  } catch (cause) {
    throw new ConnectorError(`the model's chat template refuses these messages: ${messageOf(cause)}`, { cause });
  }
}

/** `strftime_now` of chat templates, at the fixed date. */
function fixedStrftime(format: string): string {
  const parts: Readonly<Record<string, string>> = {
    "%d": "26",
    "%b": "Jul",
    "%B": "July",
    "%m": "07",
    "%Y": "2024",
    "%y": "24",
    "%H": "00",
    "%M": "00",
  };
  return format.replaceAll(/%[A-Za-z]/g, (part) => parts[part] ?? "");
}

async function endTokens(folder: string, own: number | null): Promise<readonly number[]> {
  type Config = { readonly eos_token_id?: number | readonly number[] | null };
  const generation = await readJson<Config>(folder, "generation_config.json");
  const config = await readJson<Config>(folder, "config.json");
  const genai = await readJson<{ readonly model?: Config }>(folder, "genai_config.json");
  const given = generation?.eos_token_id ?? config?.eos_token_id ?? genai?.model?.eos_token_id ?? [];
  const ids = new Set(typeof given === "number" ? [given] : given);
  if (own !== null) ids.add(own);
  return [...ids].sort((a, b) => a - b);
}

async function readJson<T = unknown>(folder: string, name: string): Promise<T | null> {
  const text = await readText(folder, name);
  if (text === null) return null;
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new ConnectorError(`${join(folder, name)} is no JSON: ${messageOf(cause)}`, { cause });
  }
}

async function readText(folder: string, name: string): Promise<string | null> {
  try {
    return await readFile(join(folder, name), "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new ConnectorError(`${join(folder, name)} cannot be read: ${messageOf(cause)}`, { cause });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
