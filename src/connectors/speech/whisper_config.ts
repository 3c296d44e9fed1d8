import type { WhisperConfig } from "../../audio/front_ends/whisper.js";
import { readExtractor } from "./extractor_config.js";

/** Whisper's constants of a model's feature extractor. @throws ConnectorError where they are not there or not understood. */
export async function readWhisperConfig(folder: string): Promise<WhisperConfig> {
  const [{ z }, { WHISPER }] = await Promise.all([import("zod"), import("../../audio/front_ends/whisper.js")]);
  const count = z.int().min(1);
  const Preprocessor = z.object({
    // Larger ones are nobody's, and would only fill the memory.
    sampling_rate: count.max(384_000).default(WHISPER.sampling_rate),
    hop_length: count
      .min(16)
      .max(2 ** 14)
      .default(WHISPER.hop_length),
    n_fft: count.max(2 ** 14).default(WHISPER.n_fft),
    feature_size: count.max(1_024).default(WHISPER.feature_size),
    chunk_length: count.max(600).default(WHISPER.chunk_length),
    feature_extractor_type: z.literal("WhisperFeatureExtractor").optional(),
  });
  return await readExtractor(folder, Preprocessor);
}
