import { registryOf, rowsOf } from "../../util/registry.js";
import type { SpeechFamily } from "./facts.js";
import { gemma3n } from "./families/gemma3n.js";
import { gemma4 } from "./families/gemma4.js";
import { graniteSpeech } from "./families/granite_speech.js";
import { lfm2Audio } from "./families/lfm2/family.js";
import { lfm3Audio } from "./families/lfm3_audio.js";
import { qwen2Audio } from "./families/qwen2_audio.js";
import { ultravox } from "./families/ultravox.js";
import { voxtral } from "./families/voxtral.js";

/** Every family of models that hear: what is entered here is found by `connector: speech`, and where no connector is named. */
export const FAMILIES = registryOf(
  lfm2Audio, //
  gemma3n,
  gemma4,
  graniteSpeech,
  lfm3Audio,
  qwen2Audio,
  ultravox,
  voxtral,
);

export const families: readonly SpeechFamily[] = rowsOf<SpeechFamily>(FAMILIES);

/** The family that has a connector of its own. */
export const LFM2_AUDIO: SpeechFamily = lfm2Audio;
