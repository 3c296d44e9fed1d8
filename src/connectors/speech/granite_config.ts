import type { GraniteConfig } from "../../audio/front_ends/granite.js";
import { readExtractor } from "./extractor_config.js";

/** Granite-speech's constants of a model's feature extractor. @throws ConnectorError where they are not there or not understood. */
export async function readGraniteConfig(folder: string): Promise<GraniteConfig> {
  const [{ z }, { GRANITE }] = await Promise.all([import("zod"), import("../../audio/front_ends/granite.js")]);
  const count = z.int().min(1);
  // Larger ones are nobody's, and would only fill the memory.
  const sizes = z.object({
    sample_rate: count.max(384_000).default(GRANITE.sample_rate),
    n_fft: count
      .min(16)
      .max(2 ** 14)
      .refine((size) => Number.isInteger(Math.log2(size)), "valid are powers of two")
      .default(GRANITE.n_fft),
    win_length: count.max(2 ** 14).default(GRANITE.win_length),
    hop_length: count
      .min(16)
      .max(2 ** 14)
      .default(GRANITE.hop_length),
    n_mels: count.max(1_024).default(GRANITE.n_mels),
  });
  const Preprocessor = z.object({
    melspec_kwargs: sizes.refine(({ win_length, n_fft }) => win_length <= n_fft, "win_length is longer than n_fft").default(GRANITE),
    feature_extractor_type: z.literal("GraniteSpeechFeatureExtractor").optional(),
  });
  return (await readExtractor(folder, Preprocessor)).melspec_kwargs;
}
