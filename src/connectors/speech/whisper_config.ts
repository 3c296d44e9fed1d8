import type { WhisperConfig } from "../../audio/front_ends/whisper.js";

/** Whisper's constants of a model's `preprocessor_config.json`. @throws ConnectorError where the file is not there or is not understood. */
export async function readWhisperConfig(folder: string): Promise<WhisperConfig> {
  const [{ z }, { readJsonAs }, { WHISPER }] = await Promise.all([
    import("zod"),
    import("../../repos/read_files.js"),
    import("../../audio/front_ends/whisper.js"),
  ]);
  const count = z.int().min(1);
  const Preprocessor = z.object({
    sampling_rate: count.default(WHISPER.sampling_rate),
    hop_length: count.default(WHISPER.hop_length),
    n_fft: count.default(WHISPER.n_fft),
    feature_size: count.default(WHISPER.feature_size),
    chunk_length: count.default(WHISPER.chunk_length),
    feature_extractor_type: z.literal("WhisperFeatureExtractor").optional(),
  });
  return await readJsonAs(folder, "preprocessor_config.json", Preprocessor);
}
