import type { Mel } from "./mel.js";

/** What turns sound into the features that an encoder is fed: one object for each way of doing so, its constants inside. */
export interface FrontEnd {
  /** Samples a second that it takes. */
  readonly rate: number;
  /** Samples from one frame to the next. */
  readonly hop: number;
  /** Numbers of a frame. */
  readonly bins: number;
  /** Frames of the features of so many samples. */
  framesOf(samples: number): number;
  /** How many of these are of the sound: what follows fills a fixed length up. */
  soundFrames(samples: number): number;
  /** How many of these the encoder is told to listen to, which its rows come of. @default framesOf */
  validFrames?(samples: number): number;
  /** @param wave `[samples]` at `rate`. @returns normalised, `[framesOf(samples), bins]`. */
  features(wave: Float32Array): Mel | Promise<Mel>;
  /** Null where features of a waveform cannot be normalised anew once some of their frames are gone: then waveforms alone are masked. */
  readonly framewise: Framewise | null;
}

/** The same in two steps, so that frames may be masked between them. */
export interface Framewise {
  /** Before normalisation. */
  raw(wave: Float32Array): Mel;
  /** Frames that stand at the end of `raw` and count for nothing. */
  readonly spare: number;
  /** @param valid frames that count; those behind them become 0. */
  normalise(raw: Mel, valid: number): Mel;
  /** Up to the length that features have. */
  pad(normalised: Mel): Mel;
  /** Value of a silent bin, before normalisation. */
  readonly silence: number;
}
