import type { Gemma4Config } from "../../audio/front_ends/gemma4.js";
import { readExtractor } from "./extractor_config.js";

/** Gemma 4's constants of a model's feature extractor. @throws ConnectorError where they are not there, not understood, or ask for more than is done here. */
export async function readGemma4Config(folder: string): Promise<Gemma4Config> {
  const [{ z }, { GEMMA4 }] = await Promise.all([import("zod"), import("../../audio/front_ends/gemma4.js")]);
  const count = z.int().min(1);
  // Larger ones are nobody's, and would only fill the memory.
  const samples = count.min(16).max(2 ** 14);
  const none = z.literal(null).optional();
  const Extractor = z.object({
    sampling_rate: count.max(384_000).default(GEMMA4.sampling_rate),
    frame_length: samples.default(GEMMA4.frame_length),
    hop_length: samples.default(GEMMA4.hop_length),
    fft_length: samples.refine((size) => Number.isInteger(Math.log2(size)), "valid are powers of two").default(GEMMA4.fft_length),
    feature_size: count.max(1_024).default(GEMMA4.feature_size),
    min_frequency: z.number().min(0).default(GEMMA4.min_frequency),
    max_frequency: z.number().positive().default(GEMMA4.max_frequency),
    mel_floor: z.number().positive().default(GEMMA4.mel_floor),
    // No published model has any of these otherwise.
    preemphasis: z.literal(0).optional(),
    dither: z.literal(0).optional(),
    input_scale_factor: z.literal(1).optional(),
    per_bin_mean: none,
    per_bin_stddev: none,
    feature_extractor_type: z.literal("Gemma4AudioFeatureExtractor").optional(),
  });
  return await readExtractor(
    folder,
    Extractor.refine((read) => read.frame_length <= read.fft_length, "frame_length is longer than fft_length"),
  );
}
