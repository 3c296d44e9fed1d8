/** Where a model's files come from. */
export interface HuggingFaceModelConfig {
  /** `embedded:NAME`, an absolute folder, or a hub id `owner/name`. */
  readonly repoId: string;
  /** Branch, tag or commit of a hub repository. @default "main" */
  readonly revision?: string | undefined;
}

/** Sampling settings; null turns a filter off. A temperature of null or ≤ 0, or a top-k of 1, is greedy. */
export interface ModelConfig {
  readonly textTemperature: number | null;
  readonly textTopK: number | null;
  readonly audioTemperature: number | null;
  readonly audioTopK: number | null;
}

/** Greedy text and audio. */
export const GREEDY: ModelConfig = { textTemperature: 0, textTopK: 1, audioTemperature: 0, audioTopK: 1 };
