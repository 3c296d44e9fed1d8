import { z } from "zod";
import { AUDIO_MASK_NAMES, type AudioMasking } from "../../audio/masks/registry.js";
import { readContextWindow } from "../../chat/context_window.js";
import { readJson, readJsonAs } from "../../repos/read_files.js";
import { readTextConfig, type TextConfig } from "../causal_text/config.js";
import type { RepoFacts } from "../repo_facts.js";

/** What a model's configuration says of how it is fed. */
export interface SpeechConfig {
  /** `config.json` as it stands: what families read of it is their own. */
  readonly json: RepoFacts["config"];
  /** `processor_config.json`; empty where there is none. */
  readonly processor: RepoFacts["config"];
  /** Of the decoder. */
  readonly text: TextConfig;
  /** Positions of the decoder; null where the configuration does not say. */
  readonly positions: number | null;
  /** How this model's clips are masked best; null where its configuration does not say. */
  readonly audioMasking: AudioMasking | null;
}

const Config = z.looseObject({ mllm_shap: z.object({ audio_masking: z.enum(AUDIO_MASK_NAMES).optional() }).optional() });

/** @throws ConnectorError where a file is no JSON or not understood. */
export async function readSpeechConfig(folder: string): Promise<SpeechConfig> {
  const json = await readJsonAs(folder, "config.json", Config);
  return {
    json,
    processor: (await readJson<RepoFacts["config"]>(folder, "processor_config.json")) ?? {},
    text: await readTextConfig(folder),
    positions: await readContextWindow(folder, ["text_config", "lfm"]),
    audioMasking: json.mllm_shap?.audio_masking ?? null,
  };
}
