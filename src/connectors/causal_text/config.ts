import { statedPositions } from "../../chat/context_window.js";
import type { DecoderHints, DecoderIo } from "../../decoding/discover.js";
import type { DecoderNames } from "../../decoding/names.js";
import { ConnectorError } from "../../errors.js";
import { readJsonObject } from "../../repos/read_files.js";
import { itemAt } from "../../util/elements.js";

/** What config.json or genai_config.json says of a text decoder; null where neither does. */
export interface TextConfig extends DecoderHints {
  /** Name of the graph file, where the configuration gives it. */
  readonly graph: string | null;
  readonly vocabulary: number | null;
  /** Positions that the model was made for. */
  readonly contextLength: number | null;
  /**
   * Tokens that attention looks back, where genai_config.json leaves the window to onnxruntime-genai: the graph itself then looks at
   * everything, which is another model from so many tokens on. null = the graph does what the model does.
   */
  readonly windowOutsideGraph: number | null;
  readonly layers: number | null;
  /** Numbers of an embedding. */
  readonly hidden: number | null;
  /** Sizes of caches that the configuration states rather than implies, for comparison. */
  readonly stated: { readonly kvHeads: number | null; readonly headDim: number | null };
}

type Json = Readonly<Record<string, unknown>>;

/** @throws ConnectorError where neither file can be read. */
export async function readTextConfig(folder: string): Promise<TextConfig> {
  const config = await readJsonObject(folder, "config.json");
  const genai = await readJsonObject(folder, "genai_config.json");
  if (config === null && genai === null) throw new ConnectorError(`${folder} has no config.json and no genai_config.json`);
  return mergedConfig(config ?? {}, object(genai?.model));
}

/** @param model the `model` block of genai_config.json. */
export function mergedConfig(config: Json, model: Json): TextConfig {
  // Models that also see or hear keep their decoder's sizes apart.
  const text = { ...config, ...object(config.lfm), ...object(config.text_config) };
  const decoder = object(model.decoder);
  const heads = first(text, ["num_attention_heads", "n_head", "num_heads"]) ?? first(decoder, ["num_attention_heads"]);
  const hidden = first(text, ["hidden_size", "n_embd", "d_model"]) ?? first(decoder, ["hidden_size"]);
  const kvHeads = first(text, ["num_key_value_heads"]) ?? first(decoder, ["num_key_value_heads"]);
  const headDim = first(text, ["head_dim"]) ?? first(decoder, ["head_size"]);
  // Caches of latent attention are sized by other numbers.
  const latent = "kv_lora_rank" in text;
  const share = heads !== null && hidden !== null && hidden % heads === 0 ? hidden / heads : null;
  return {
    graph: typeof decoder.filename === "string" ? decoder.filename : null,
    vocabulary: first(text, ["vocab_size"]) ?? first(model, ["vocab_size"]),
    contextLength: statedPositions([text], model),
    windowOutsideGraph: first(object(decoder.sliding_window), ["window_size"]),
    layers: first(text, ["num_hidden_layers", "n_layer"]) ?? first(decoder, ["num_hidden_layers"]),
    hidden,
    kvHeads: kvHeads ?? (text.multi_query === true ? 1 : heads),
    headDim: headDim ?? share,
    stated: latent ? { kvHeads: null, headDim: null } : { kvHeads, headDim },
    names: namesOf(decoder),
  };
}

/**
 * Refuses a configuration of another model, whose end tokens and sizes would be wrong in silence.
 * @throws ConnectorError with both numbers.
 */
export function checkFits(config: TextConfig, { logits, caches }: DecoderIo, repo: string): void {
  const other = (what: string, said: number, found: number): never => {
    throw new ConnectorError(`the configuration of ${repo} is that of another model: it says ${what} ${said}, the graph has ${found}`);
  };
  if (config.vocabulary !== null && logits.vocabulary !== null && config.vocabulary !== logits.vocabulary)
    other("vocabulary", config.vocabulary, logits.vocabulary);
  const keys = caches.filter(({ kind }) => kind === "key");
  const sizes = (at: number, said: number | null, what: string): void => {
    const found = keys.map(({ dims }) => dims[at]).filter((dim) => typeof dim === "number");
    // Some models have layers of several kinds of heads.
    if (said !== null && found.length > 0 && !found.includes(said)) other(what, said, itemAt(found, 0));
  };
  if (keys.every(({ dims }) => dims.length === 3 && dims[1] === null)) {
    sizes(0, config.stated.kvHeads, "key-value heads");
    sizes(2, config.stated.headDim, "numbers of a head");
  }
  const deepest = keys.reduce((most, { layer }) => Math.max(most, layer + 1), 0);
  if (config.layers !== null && deepest > config.layers) other("layers", config.layers, deepest);
}

function namesOf(decoder: Json): DecoderNames | null {
  const texts = (block: Json): Record<string, string> =>
    Object.fromEntries(Object.entries(block).filter((entry): entry is [string, string] => typeof entry[1] === "string"));
  const [inputs, outputs] = [texts(object(decoder.inputs)), texts(object(decoder.outputs))];
  return Object.keys(inputs).length === 0 ? null : { inputs, outputs };
}

function first(block: Json, names: readonly string[]): number | null {
  for (const name of names) {
    const value = block[name];
    if (typeof value === "number" && Number.isInteger(value) && value > 0) return value;
  }
  return null;
}

function object(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
}
