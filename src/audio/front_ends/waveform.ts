import type { FrontEnd } from "./front_end.js";

/** What every model behind a server takes, or turns into what it takes. */
const RATE = 16_000;
/** 80 ms: a token of most models that hear, and the finest that players can be cut to. */
const HOP = 1_280;

/** No front end here: the waveform itself, one bin a sample, for models that make their features elsewhere. */
export const WAVEFORM: FrontEnd = {
  rate: RATE,
  hop: HOP,
  bins: HOP,
  framesOf: (samples) => Math.ceil(samples / HOP),
  soundFrames: (samples) => Math.ceil(samples / HOP),
  features: (wave) => ({ bins: 1, frames: wave.length, data: wave }),
  framewise: null,
};
