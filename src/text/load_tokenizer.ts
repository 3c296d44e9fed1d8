import { isAbsolute, join } from "node:path";
import { ConnectorError } from "../errors.js";
import { readJsonObject } from "../repos/read_files.js";
import { type ChatTemplate, compileTemplate, type TemplateVariables } from "./chat_template.js";
import { openTokenizer, tokenText } from "./model_tokenizer.js";
import { type FoundTemplate, findTemplate, type TemplateChoice, type TokenizerConfigJson } from "./template_files.js";
import type { TokenizerJson } from "./token_bytes.js";
import type { Tokenizer } from "./tokenizer.js";
import { checkTokenizerJson, MOST_IDS } from "./tokenizer_json.js";
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
  const json = await readJsonObject(folder, "tokenizer.json");
  if (json === null) throw new ConnectorError(`${folder} has no tokenizer.json`);
  checkTokenizerJson(json, join(folder, "tokenizer.json"));
  const config: TokenizerConfigJson | null = await readJsonObject(folder, "tokenizer_config.json");
  if (config === null) throw new ConnectorError(`${folder} has no tokenizer_config.json`);
  const { template = null, templateKwargs = {} } = options;
  const found = await findTemplate(folder, config, template, (templateKwargs.tools ?? null) !== null);
  const source = openTokenizer(json, config, folder);
  return {
    tokenizer: adaptTokenizer(source, json as TokenizerJson),
    chatTemplate: found === null ? null : templateOf(found, { ...specialTokens(config), ...templateKwargs }),
    eosIds: await endTokens(folder, source.eosId),
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
  const named = SPECIAL_TOKENS.map((name) => [name, tokenText(config[name])] as const);
  return Object.fromEntries(named.filter(([, token]) => token !== null));
}

async function endTokens(folder: string, own: number | null): Promise<readonly number[]> {
  const generation = await readJsonObject(folder, "generation_config.json");
  const config = await readJsonObject(folder, "config.json");
  const genai = await readJsonObject(folder, "genai_config.json");
  const model = (genai?.model ?? null) as { readonly eos_token_id?: unknown } | null;
  const found = [
    ["generation_config.json", generation?.eos_token_id],
    ["config.json", config?.eos_token_id],
    ["genai_config.json", model?.eos_token_id],
  ] as const;
  const [file, given] = found.find(([, ids]) => ids !== undefined && ids !== null) ?? ["", []];
  const ids: readonly unknown[] = Array.isArray(given) ? given : [given];
  const wrong = ids.find((id) => !(Number.isInteger(id) && (id as number) >= 0 && (id as number) < MOST_IDS));
  if (wrong !== undefined)
    throw new ConnectorError(
      `${join(folder, file)}: eos_token_id is ${JSON.stringify(wrong).slice(0, 60)}, not a token's id (or a list of them)`,
    );
  return [...new Set([...(ids as readonly number[]), ...(own === null ? [] : [own])])].sort((a, b) => a - b);
}
