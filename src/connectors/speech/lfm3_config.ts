import type { z as Zod } from "zod";
import type { Lfm3MelConfig } from "../../audio/front_ends/lfm3.js";
import { readExtractor } from "./extractor_config.js";

type Z = typeof Zod;

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
  const { preprocessor } = await readJsonAs(folder, "config.json", z.object({ preprocessor: preprocessorOf(z, LFM3_MEL).optional() }));
  if (preprocessor !== undefined) return preprocessor;
  const files = await Promise.all(["preprocessor_config.json", "processor_config.json"].map((name) => readJsonObject(folder, name)));
  if (files.every((file) => file === null)) return LFM3_MEL;
  const { sampling_rate, feature_size, log_floor, normalization_offset, normalization_divisor, ...same } = await readExtractor(
    folder,
    extractorOf(z, LFM3_MEL),
  );
  return {
    ...LFM3_MEL,
    ...same,
    ...{ sample_rate: sampling_rate, n_mels: feature_size, logmel_floor: log_floor, f_max: sampling_rate / 2 },
    normalization: { offset: normalization_offset, divisor: normalization_divisor },
  };
}

/** Larger numbers are nobody's, and would only fill the memory. */
function numbersOf(z: Z) {
  const count = z.int().min(1);
  const size = count.max(2 ** 14);
  return {
    rate: count.max(384_000),
    window: size.multipleOf(4),
    hop: size.min(16),
    bins: count.max(1_024),
    floor: z.number().min(-30).max(0),
    divisor: z.number().refine((value) => value !== 0, "nothing can be divided by 0"),
  };
}

/** `preprocessor` of `config.json`. */
function preprocessorOf(z: Z, published: Lfm3MelConfig) {
  const { rate, window, hop, bins, floor, divisor } = numbersOf(z);
  return z
    .object({
      sample_rate: rate.default(published.sample_rate),
      n_fft: window.default(published.n_fft),
      win_length: window.optional(),
      hop_length: hop.default(published.hop_length),
      n_mels: bins.default(published.n_mels),
      f_min: z.number().min(0).default(published.f_min),
      f_max: z.number().positive().default(published.f_max),
      logmel_floor: floor.default(published.logmel_floor),
      normalization: z.object({ type: z.literal("affine").optional(), offset: z.number(), divisor }).default(published.normalization),
      feature_type: z.literal("log_mel").optional(),
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
}

/** A feature extractor's file. */
function extractorOf(z: Z, published: Lfm3MelConfig) {
  const { rate, window, hop, bins, floor, divisor } = numbersOf(z);
  return z.object({
    sampling_rate: rate.default(published.sample_rate),
    n_fft: window.default(published.n_fft),
    hop_length: hop.default(published.hop_length),
    feature_size: bins.default(published.n_mels),
    log_floor: floor.default(published.logmel_floor),
    normalization_offset: z.number().default(published.normalization.offset),
    normalization_divisor: divisor.default(published.normalization.divisor),
  });
}
