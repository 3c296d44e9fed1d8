import type { Lfm3MelConfig } from "../../audio/front_ends/lfm3.js";
import { readExtractor } from "./extractor_config.js";

/**
 * LFM3-Audio's constants: the `preprocessor` of its `config.json`, else a feature extractor's file in transformers' names, else what it was published
 * with. @throws ConnectorError where a file is not understood, or asks for a front end that is not built here.
 */
export async function readLfm3Config(folder: string): Promise<Lfm3MelConfig> {
  const [{ z }, { LFM3_MEL }, { readJsonAs, readJsonObject }] = await Promise.all([
    import("zod"),
    import("../../audio/front_ends/lfm3.js"),
    import("../../repos/read_files.js"),
  ]);
  // Larger ones are nobody's, and would only fill the memory.
  const count = z.int().min(1);
  const window = count.max(2 ** 14).multipleOf(4);
  const divisor = z.number().refine((value) => value !== 0, "nothing can be divided by 0");
  const own = z
    .object({
      feature_type: z.literal("log_mel").optional(),
      sample_rate: count.max(384_000).default(LFM3_MEL.sample_rate),
      n_fft: window.default(LFM3_MEL.n_fft),
      win_length: count.optional(),
      hop_length: count
        .min(16)
        .max(2 ** 14)
        .default(LFM3_MEL.hop_length),
      n_mels: count.max(1_024).default(LFM3_MEL.n_mels),
      f_min: z.number().min(0).default(LFM3_MEL.f_min),
      f_max: z.number().positive().default(LFM3_MEL.f_max),
      logmel_floor: z.number().min(-30).max(0).default(LFM3_MEL.logmel_floor),
      normalization: z.object({ type: z.literal("affine").optional(), offset: z.number(), divisor }).default(LFM3_MEL.normalization),
      window: z.literal("hann").optional(),
      window_periodic: z.literal(true).optional(),
      center: z.literal(false).optional(),
      power: z.literal(2).optional(),
      mel_scale: z.literal("slaney").optional(),
      mel_norm: z.literal("slaney").optional(),
      log_base: z.literal(10).optional(),
    })
    .refine(({ win_length, n_fft }) => (win_length ?? n_fft) === n_fft, "win_length is not n_fft")
    .refine(
      ({ f_min, f_max, sample_rate }) => f_min < f_max && f_max <= sample_rate / 2,
      "f_min, f_max and half the rate are not in order",
    );
  const config = await readJsonAs(folder, "config.json", z.object({ preprocessor: own.optional() }));
  if (config.preprocessor !== undefined) return config.preprocessor;
  const files = await Promise.all(["preprocessor_config.json", "processor_config.json"].map((name) => readJsonObject(folder, name)));
  if (files.every((file) => file === null)) return LFM3_MEL;
  const { sampling_rate, n_fft, hop_length, feature_size, log_floor, normalization_offset, normalization_divisor } = await readExtractor(
    folder,
    z.object({
      sampling_rate: count.max(384_000).default(LFM3_MEL.sample_rate),
      n_fft: window.default(LFM3_MEL.n_fft),
      hop_length: count
        .min(16)
        .max(2 ** 14)
        .default(LFM3_MEL.hop_length),
      feature_size: count.max(1_024).default(LFM3_MEL.n_mels),
      log_floor: z.number().min(-30).max(0).default(LFM3_MEL.logmel_floor),
      normalization_offset: z.number().default(LFM3_MEL.normalization.offset),
      normalization_divisor: divisor.default(LFM3_MEL.normalization.divisor),
    }),
  );
  return {
    ...LFM3_MEL,
    ...{ sample_rate: sampling_rate, n_fft, hop_length, n_mels: feature_size, logmel_floor: log_floor, f_max: sampling_rate / 2 },
    normalization: { offset: normalization_offset, divisor: normalization_divisor },
  };
}
