import { normalizeMel, padToMultiple } from "./frames.js";
import type { Framewise, FrontEnd } from "./front_end.js";
import { logMel, type Mel, type MelConfig, validFrames } from "./mel.js";

/** A front end that masks may work on in frames. */
export interface NemoFrontEnd extends FrontEnd {
  readonly config: MelConfig;
  readonly framewise: Framewise;
  features(wave: Float32Array): Mel;
}

/** NeMo's `FilterbankFeatures`: log-mel, normalised bin by bin, one zero frame at the end. */
export function nemoFrontEnd(config: MelConfig): NemoFrontEnd {
  const framewise: Framewise = {
    raw: (wave) => logMel(wave, config),
    spare: 1,
    normalise: normalizeMel,
    pad: (mel) => padToMultiple(mel, config.padTo),
    silence: Math.log(config.logZeroGuard),
  };
  const framesOf = (samples: number): number => {
    const frames = validFrames(samples, config) + framewise.spare;
    return config.padTo > 0 ? Math.ceil(frames / config.padTo) * config.padTo : frames;
  };
  return {
    config,
    rate: config.sampleRate,
    hop: config.hopLength,
    bins: config.nMels,
    framesOf,
    soundFrames: framesOf,
    features: (wave) => framewise.pad(normalizeMel(framewise.raw(wave), validFrames(wave.length, config))),
    framewise,
  };
}
