/** What a cache holds for its layer. */
export type CacheKind = "key" | "value" | "conv" | "ssm" | "recurrent";

/** Names that a configuration gives to inputs and outputs; `%d` stands for a layer. */
export interface DecoderNames {
  readonly inputs: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, string>>;
}

/** A cache input by its name. */
export interface CacheName {
  readonly kind: CacheKind;
  readonly layer: number;
  /** Names that its successor may have, the likeliest first. */
  readonly presents: readonly string[];
}

const KINDS = "key|value|conv|ssm|recurrent";

/** What transformers 5 calls the cache that comes out. */
const CACHE_OBJECTS = ["cache", "output.cache", "past_key_values", "present", "output.past_key_values"];

/** How exporters name the caches of layer `n`, and what they call what comes after. */
const PATTERNS: readonly { readonly past: RegExp; presents(layer: string, kind: string): readonly string[] }[] = [
  // optimum, transformers.js and onnxruntime-genai
  {
    past: new RegExp(String.raw`^past_key_values\.(?<layer>\d+)\.(?<kind>${KINDS})$`),
    presents: (layer, kind) => [`present.${layer}.${kind}`, `present_key_values.${layer}.${kind}`],
  },
  // onnxruntime-genai: states of convolutions and linear attention
  { past: new RegExp(String.raw`^past\.(?<layer>\d+)\.(?<kind>${KINDS})$`), presents: (layer, kind) => [`present.${layer}.${kind}`] },
  // Liquid and transformers.js: the same states
  {
    past: /^past_(?<kind>conv|ssm|recurrent)\.(?<layer>\d+)$/,
    presents: (layer, kind) => [`present_${kind}.${layer}`, `present.${layer}.${kind}`],
  },
  // onnxruntime's own exporters
  {
    past: /^past_(?<kind>key|value)_(?:self_)?(?<layer>\d+)$/,
    presents: (layer, kind) => [`present_${kind}_${layer}`, `present_${kind}_self_${layer}`],
  },
  // transformers 5
  {
    past: /^(?:input\.|past_key_values\.)?(?:cache\.)?layers\.(?<layer>\d+)\.(?<kind>key|value)s$/,
    presents: (layer, kind) => CACHE_OBJECTS.map((at) => `${at}.layers.${layer}.${kind}s`),
  },
  {
    past: /^(?:input\.|past_key_values\.)?(?:cache\.)?layers\.(?<layer>\d+)\.(?<kind>conv|recurrent)_states(?:\.0)?$/,
    presents: (layer, kind) => CACHE_OBJECTS.flatMap((at) => [".0", ""].map((end) => `${at}.layers.${layer}.${kind}_states${end}`)),
  },
];

/** null where the name is not that of a cache. */
export function cacheName(name: string, names: DecoderNames | null): CacheName | null {
  const given = names === null ? null : configured(name, names);
  if (given !== null) return given;
  for (const { past, presents } of PATTERNS) {
    const { layer, kind } = past.exec(name)?.groups ?? {};
    if (layer !== undefined && kind !== undefined) {
      return { kind: kind as CacheKind, layer: Number(layer), presents: presents(layer, kind) };
    }
  }
  return null;
}

/** Words that tell what goes in from what comes out. */
const DIRECTIONS = new Set("past present input inputs output outputs in out prev previous next new old current updated".split(" "));

const wordsOf = (name: string): readonly string[] => name.split(/[^A-Za-z0-9]+|(?<=[a-z])(?=[A-Z])/).map((word) => word.toLowerCase());

const stemOf = (name: string): string =>
  wordsOf(name)
    .filter((word) => !DIRECTIONS.has(word))
    .join(".");

/**
 * A cache by the output that has its name but for words of direction; null unless there is just one.
 * @param outputs of its type and shape. @param grows it has an axis of tokens.
 */
export function likelyCache(name: string, outputs: readonly string[], grows: boolean): CacheName | null {
  const presents = outputs.filter((output) => output !== name && stemOf(output) === stemOf(name));
  if (presents.length !== 1) return null;
  const words = wordsOf(name);
  const isValue = words.some((word) => ["v", "value", "values"].includes(word));
  return { kind: grows ? (isValue ? "value" : "key") : "conv", layer: Number(words.find((word) => /^\d+$/.test(word)) ?? 0), presents };
}

function configured(name: string, { inputs, outputs }: DecoderNames): CacheName | null {
  for (const kind of KINDS.split("|")) {
    const [past, present] = [inputs[`past_${kind}_names`]?.split("%d"), outputs[`present_${kind}_names`]];
    if (past?.length !== 2 || present === undefined) continue;
    const [before, after] = past as [string, string];
    const layer = name.slice(before.length, name.length - after.length);
    if (name.startsWith(before) && name.endsWith(after) && /^\d+$/.test(layer)) {
      return { kind: kind as CacheKind, layer: Number(layer), presents: [present.replace("%d", layer)] };
    }
  }
  return null;
}
