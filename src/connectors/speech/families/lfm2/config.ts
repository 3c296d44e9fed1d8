import { join } from "node:path";
import { z } from "zod";
import { LFM2_MEL, type MelConfig, melProblem } from "../../../../audio/front_ends/mel.js";
import { AUDIO_MASK_NAMES, type AudioMasking } from "../../../../audio/masks/registry.js";
import { readContextWindow } from "../../../../chat/context_window.js";
import { ConnectorError } from "../../../../errors.js";
import { readJsonAs } from "../../../../repos/read_files.js";

/** What a Liquid audio model's configuration says of how it is fed and how it speaks. */
export interface LiquidConfig {
  readonly hidden: number | null;
  readonly vocabulary: number | null;
  /** Of the language model; null where the configuration does not say. */
  readonly positions: number | null;
  readonly codebooks: number;
  /** Heads of the audio encoder's attention. */
  readonly encoderHeads: number;
  /** Text tokens and audio frames that alternate in an interleaved answer. */
  readonly interleavedText: number;
  readonly interleavedAudio: number;
  readonly mel: MelConfig;
  /** How this model's clips are masked best; null where its configuration does not say. */
  readonly audioMasking: AudioMasking | null;
}

const count = z.int().min(1);

const Lfm = z.object({ hidden_size: count.optional(), vocab_size: count.optional() });

/** Of the published `config.json`: what is used; keys that are not there keep the published values. */
const Config = z.object({
  codebooks: count.default(8),
  interleaved_n_text: count.default(6),
  interleaved_n_audio: count.default(12),
  encoder: z.object({ n_heads: count.max(1_024).default(8) }).default({ n_heads: 8 }),
  lfm: Lfm.optional(),
  text_config: Lfm.optional(),
  mllm_shap: z.object({ audio_masking: z.enum(AUDIO_MASK_NAMES).optional() }).optional(),
  preprocessor: z
    .object({
      sample_rate: count,
      window_size: z.number().positive(),
      window_stride: z.number().positive(),
      n_fft: count,
      features: count,
      preemph: z.number(),
      pad_to: z.int().min(0),
      normalize: z.literal("per_feature"),
      window: z.literal("hann"),
      log: z.literal(true),
      frame_splicing: z.literal(1),
    })
    .partial()
    .default({}),
});

/** Of the published `mel_config.json`. */
const Mel = z
  .object({
    sample_rate: count,
    n_fft: count,
    win_length: count,
    hop_length: count,
    n_mels: count,
    fmin: z.number(),
    fmax: z.number(),
    preemph: z.number(),
    log_zero_guard: z.number().positive(),
    normalize: z.literal("per_feature"),
    mel_norm: z.literal("slaney"),
  })
  .partial();

/** @throws ConnectorError where a file is no JSON or asks for a front end that is not built here. */
export async function readLiquidConfig(folder: string, melConfig: string | null): Promise<LiquidConfig> {
  const config = await readJsonAs(folder, "config.json", Config);
  const lfm = config.lfm ?? config.text_config;
  const mel = melOf(config.preprocessor, melConfig === null ? {} : await readJsonAs(folder, melConfig, Mel));
  const wrong = melProblem(mel);
  if (wrong !== null) throw new ConnectorError(`${join(folder, melConfig ?? "config.json")}: the front end cannot be built: ${wrong}`);
  return {
    hidden: lfm?.hidden_size ?? null,
    vocabulary: lfm?.vocab_size ?? null,
    positions: await readContextWindow(folder, ["lfm", "text_config"]),
    codebooks: config.codebooks,
    encoderHeads: config.encoder.n_heads,
    interleavedText: config.interleaved_n_text,
    interleavedAudio: config.interleaved_n_audio,
    audioMasking: config.mllm_shap?.audio_masking ?? null,
    mel,
  };
}

function melOf(preprocessor: z.infer<typeof Config>["preprocessor"], mel: z.infer<typeof Mel>): MelConfig {
  const rate = mel.sample_rate ?? preprocessor.sample_rate ?? LFM2_MEL.sampleRate;
  const samples = (seconds: number | undefined): number | undefined => (seconds === undefined ? undefined : Math.round(seconds * rate));
  return {
    sampleRate: rate,
    nFft: mel.n_fft ?? preprocessor.n_fft ?? LFM2_MEL.nFft,
    winLength: mel.win_length ?? samples(preprocessor.window_size) ?? LFM2_MEL.winLength,
    hopLength: mel.hop_length ?? samples(preprocessor.window_stride) ?? LFM2_MEL.hopLength,
    nMels: mel.n_mels ?? preprocessor.features ?? LFM2_MEL.nMels,
    fMin: mel.fmin ?? LFM2_MEL.fMin,
    fMax: mel.fmax ?? rate / 2,
    preEmphasis: mel.preemph ?? preprocessor.preemph ?? LFM2_MEL.preEmphasis,
    logZeroGuard: mel.log_zero_guard ?? LFM2_MEL.logZeroGuard,
    padTo: preprocessor.pad_to ?? LFM2_MEL.padTo,
  };
}
