import type { Gemma3nConfig } from "../../audio/front_ends/gemma3n.js";
import type { Gemma4Config } from "../../audio/front_ends/gemma4.js";
import { readExtractor } from "./extractor_config.js";

/** Gemma 4's constants of a model's feature extractor. @throws ConnectorError where they are not there, not understood, or ask for more than is done here. */
export async function readGemma4Config(folder: string): Promise<Gemma4Config> {
  const [{ z }, { GEMMA4 }] = await Promise.all([import("zod"), import("../../audio/front_ends/gemma4.js")]);
  const Extractor = (await extractorOf(GEMMA4)).extend({
    preemphasis: z.literal(0).optional(),
    feature_extractor_type: z.literal("Gemma4AudioFeatureExtractor").optional(),
  });
  return await readExtractor(folder, Extractor.refine(fits, TOO_LONG));
}

/** Gemma 3n's, in the same way. */
export async function readGemma3nConfig(folder: string): Promise<Gemma3nConfig> {
  const [{ z }, { GEMMA3N }] = await Promise.all([import("zod"), import("../../audio/front_ends/gemma3n.js")]);
  const Extractor = (await extractorOf(GEMMA3N)).extend({
    preemphasis: z.number().min(0).lt(1).default(GEMMA3N.preemphasis),
    preemphasis_htk_flavor: z.literal(true).optional(),
    feature_extractor_type: z.literal("Gemma3nAudioFeatureExtractor").optional(),
  });
  return await readExtractor(folder, Extractor.refine(fits, TOO_LONG));
}

const TOO_LONG = "frame_length is longer than fft_length";
const fits = (read: { readonly frame_length: number; readonly fft_length: number }): boolean => read.frame_length <= read.fft_length;

/** What both have. @param published what a file leaves out. */
async function extractorOf(published: Gemma4Config) {
  const { z } = await import("zod");
  const count = z.int().min(1);
  // Larger ones are nobody's, and would only fill the memory.
  const samples = count.min(16).max(2 ** 14);
  const none = z.literal(null).optional();
  return z.object({
    sampling_rate: count.max(384_000).default(published.sampling_rate),
    frame_length: samples.default(published.frame_length),
    hop_length: samples.default(published.hop_length),
    fft_length: samples.refine((size) => Number.isInteger(Math.log2(size)), "valid are powers of two").default(published.fft_length),
    feature_size: count.max(1_024).default(published.feature_size),
    min_frequency: z.number().min(0).default(published.min_frequency),
    max_frequency: z.number().positive().default(published.max_frequency),
    mel_floor: z.number().positive().default(published.mel_floor),
    // No published model has any of these otherwise.
    dither: z.literal(0).optional(),
    input_scale_factor: z.literal(1).optional(),
    per_bin_mean: none,
    per_bin_stddev: none,
  });
}
