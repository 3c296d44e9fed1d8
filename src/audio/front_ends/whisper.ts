import { availableParallelism } from "node:os";
import { float32At } from "../../util/elements.js";
import type { FrontEnd } from "./front_end.js";
import type { Mel } from "./mel.js";
import { restoreSilence, shortenSilence } from "./shorten_silence.js";

/** Of the published `preprocessor_config.json` of Whisper's feature extractor. */
export interface WhisperConfig {
  readonly sampling_rate: number;
  readonly hop_length: number;
  readonly n_fft: number;
  /** Mel bins. */
  readonly feature_size: number;
  /** Seconds that Whisper itself hears at once. */
  readonly chunk_length: number;
}

/** What Whisper was published with, where a file leaves something out. */
export const WHISPER: WhisperConfig = { sampling_rate: 16_000, hop_length: 160, n_fft: 400, feature_size: 80, chunk_length: 30 };

/**
 * Frames that the extractor is given at least. Its product of spectrum and filters sums up in another order, which is another last digit here and
 * there, where a thread has 64 frames or fewer. Beyond eight threads, speed is worth more than that digit.
 */
const LEAST_FRAMES = 80 * Math.min(8, availableParallelism());

/**
 * Whisper's log-mel, from the extractor of @huggingface/transformers: log10 of the mel power, no more than 8 below the loudest of the whole
 * waveform, which is why frames cannot be masked apart. Of silence it is given no more than it takes to know what a silent frame is, since all of
 * them are the same.
 *
 * Whisper pads every clip to 30 s. `filled: false` gives the clip's own frames, `floor(samples / hop)`, however many; `filled: true` gives
 * chunks of `chunk_length` seconds, the last one filled up with silence, each with its own loudest value.
 * @param options.told the encoder is told which frames are of the clip: those that begin in it. Such clips are of one chunk.
 */
export async function whisperFrontEnd(
  config: WhisperConfig,
  { filled, told = false }: { readonly filled: boolean; readonly told?: boolean },
): Promise<FrontEnd> {
  const { WhisperFeatureExtractor } = await import("@huggingface/transformers");
  const { sampling_rate: rate, hop_length: hop, n_fft: window, feature_size: bins } = config;
  const chunk = config.chunk_length * rate;
  // The extractor itself stops at 30 s, which would leave out the rest of a longer clip in silence.
  const extractor = new WhisperFeatureExtractor({ ...config, n_samples: Infinity, nb_max_frames: Infinity });
  // Shorter sound than one window has no reflection to begin and end with.
  const samplesOf = (samples: number): number => (filled ? Math.max(1, Math.ceil(samples / chunk)) * chunk : Math.max(samples, window));
  const validFrames = (samples: number): number => Math.ceil(Math.max(samples, window) / hop);
  const extract = async (wave: Float32Array, samples: number): Promise<Mel> => {
    const shortened = shortenSilence(wave, samples, { window, hop, leastFrames: LEAST_FRAMES });
    const { input_features: tensor } = await extractor._call(shortened.wave, { max_length: shortened.wave.length });
    return restoreSilence(frameMajor(tensor.data as Float32Array, bins), shortened.gaps);
  };
  return {
    rate,
    hop,
    bins,
    framesOf: (samples) => Math.floor(samplesOf(samples) / hop),
    soundFrames: (samples) => Math.floor(Math.max(samples, window) / hop),
    ...(told ? { validFrames } : {}),
    async features(wave) {
      const samples = samplesOf(wave.length);
      if (!filled) return await extract(wave, samples);
      const chunks: Mel[] = [];
      for (let from = 0; from < samples; from += chunk) chunks.push(await extract(wave.subarray(from, from + chunk), chunk));
      return told ? { ...joined(chunks, bins), valid: validFrames(wave.length) } : joined(chunks, bins);
    },
    framewise: null,
  };
}

/** `[bins, frames]` → `[frames, bins]` */
function frameMajor(data: Float32Array, bins: number): Mel {
  const frames = data.length / bins;
  const out = new Float32Array(data.length);
  for (let b = 0; b < bins; b++) for (let t = 0; t < frames; t++) out[t * bins + b] = float32At(data, b * frames + t);
  return { bins, frames, data: out };
}

function joined(parts: readonly Mel[], bins: number): Mel {
  const frames = parts.reduce((sum, part) => sum + part.frames, 0);
  const data = new Float32Array(frames * bins);
  let at = 0;
  for (const part of parts) {
    data.set(part.data, at);
    at += part.data.length;
  }
  return { bins, frames, data };
}
