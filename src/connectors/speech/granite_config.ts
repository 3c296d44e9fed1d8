import type { GraniteConfig } from "../../audio/front_ends/granite.js";

/** Granite-speech's constants of a model's `preprocessor_config.json`. @throws ConnectorError where the file is not there or is not understood. */
export async function readGraniteConfig(folder: string): Promise<GraniteConfig> {
  const [{ z }, { readJsonAs }, { GRANITE }] = await Promise.all([
    import("zod"),
    import("../../repos/read_files.js"),
    import("../../audio/front_ends/granite.js"),
  ]);
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
  return (await readJsonAs(folder, "preprocessor_config.json", Preprocessor)).melspec_kwargs;
}
