/** Every method by the name that specs and flags use; the registry has one row for each. */
export const METHOD_NAMES = ["exact", "permutation", "leverage", "kernel", "complementary", "neyman", "owen", "mllm-shap-mc"] as const;
export type MethodName = (typeof METHOD_NAMES)[number];

/** Names that users know from elsewhere. */
export const METHOD_ALIASES = { "monte-carlo": "permutation" } as const satisfies Readonly<Record<string, MethodName>>;
export type MethodAlias = keyof typeof METHOD_ALIASES;

/** What `explain.sampler` may say; `auto` chooses by the number of players and the budget. */
export const SAMPLER_NAMES = ["auto", ...METHOD_NAMES, "monte-carlo"] as const;
export type SamplerName = (typeof SAMPLER_NAMES)[number];

/** Rescalings of the values for `ChatEntry`'s `shap_values`. */
export const NORMALIZER_NAMES = ["identity", "abs-sum", "power-shift", "min-max"] as const;
export type NormalizerName = (typeof NORMALIZER_NAMES)[number];
