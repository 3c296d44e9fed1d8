import { isAbsolute } from "node:path";
import { ConnectorError } from "../errors.js";
import { readJson } from "../repos/read_files.js";
import { type ChatTemplate, compileTemplate, type TemplateVariables } from "./chat_template.js";
import { type FoundTemplate, findTemplate, type TemplateChoice, type TokenizerConfigJson } from "./template_files.js";
import type { TokenizerJson } from "./token_bytes.js";
import type { Tokenizer } from "./tokenizer.js";
import { adaptTokenizer } from "./transformers_tokenizer.js";

export type { ChatTemplate, TemplateMessage } from "./chat_template.js";

export interface LoadedTokenizer {
  readonly tokenizer: Tokenizer;
  /** null for a model without one: then there are no turn markers. */
  readonly chatTemplate: ChatTemplate | null;
  /** Ids that end an answer, ascending: of generation_config.json or else config.json or genai_config.json, and the tokeniser's own. */
  readonly eosIds: readonly number[];
}

export interface TemplateOptions {
  /** null = the model's own. @default null */
  readonly template?: TemplateChoice | null | undefined;
  /** Variables of the template, such as `enable_thinking`. @default {} */
  readonly templateKwargs?: TemplateVariables | undefined;
}

/**
 * Loads tokenizer.json, tokenizer_config.json, the chat template and, where they exist, generation_config.json and config.json.
 * @param folder absolute path; nothing is fetched.
 * @throws ConnectorError where a file is missing, the tokeniser is of an unsupported kind, or the template is none.
 */
export async function loadTokenizer(folder: string, options: TemplateOptions = {}): Promise<LoadedTokenizer> {
  if (!isAbsolute(folder)) throw new ConnectorError(`a tokeniser's folder must be an absolute path, got ${folder}`);
  const json = await readJson<TokenizerJson>(folder, "tokenizer.json");
  if (json === null) throw new ConnectorError(`${folder} has no tokenizer.json`);
  const config = await readJson<TokenizerConfigJson>(folder, "tokenizer_config.json");
  if (config === null) throw new ConnectorError(`${folder} has no tokenizer_config.json`);
  const { template = null, templateKwargs = {} } = options;
  const found = await findTemplate(folder, config, template, (templateKwargs.tools ?? null) !== null);
  const { AutoTokenizer } = await import("@huggingface/transformers");
  const source = await AutoTokenizer.from_pretrained(folder, { local_files_only: true }).catch((cause: unknown) => {
    throw new ConnectorError(`the tokeniser in ${folder} cannot be loaded: ${messageOf(cause)}`, { cause });
  });
  return {
    tokenizer: adaptTokenizer(source, json),
    chatTemplate: found === null ? null : templateOf(found, { ...specialTokens(config), ...templateKwargs }),
    eosIds: await endTokens(folder, source.eos_token_id ?? null),
  };
}

function templateOf(found: FoundTemplate, variables: TemplateVariables): ChatTemplate {
  if ("source" in found) return compileTemplate(found.source, variables);
  return {
    render: () => {
      throw new ConnectorError(found.problem);
    },
  };
}

const SPECIAL_TOKENS = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"] as const;

/** As templates know them; a token is a text or an object that holds it. */
function specialTokens(config: TokenizerConfigJson): TemplateVariables {
  const named = SPECIAL_TOKENS.map((name) => {
    const token = config[name] as string | { readonly content?: string } | null | undefined;
    return [name, typeof token === "string" ? token : token?.content] as const;
  });
  return Object.fromEntries(named.filter(([, token]) => typeof token === "string"));
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

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
