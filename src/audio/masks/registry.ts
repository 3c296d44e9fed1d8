import { registryOf, rowsOf } from "../../util/registry.js";
import { drop } from "./drop.js";
import { dropOriginal } from "./drop_original.js";
import { embedding } from "./embedding.js";
import type { AudioMask } from "./mask.js";
import { silence } from "./silence.js";

/** Every audio mask: what is entered here is a value of `explain.audio_masking` in the spec, the help, a model's card and the library. */
export const AUDIO_MASKS = registryOf(
  drop, //
  silence,
  embedding,
  dropOriginal,
);

export type AudioMasking = keyof typeof AUDIO_MASKS;

export const audioMasks: readonly AudioMask<AudioMasking>[] = rowsOf<AudioMask<AudioMasking>>(AUDIO_MASKS);
export const AUDIO_MASK_NAMES = audioMasks.map(({ name }) => name) as [AudioMasking, ...AudioMasking[]];

/** Of a chat that is not told how, by its spec or its model. */
export const DEFAULT_AUDIO_MASK: AudioMask<AudioMasking> = drop;
