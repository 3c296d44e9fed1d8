/** A unit of a transcript with its place in a clip. */
export interface AlignedUnit {
  /** As the caller wrote it. */
  readonly token: string;
  /** Seconds of the clip. */
  readonly startS: number;
  readonly endS: number;
  /** Mean probability of its characters, 0 … 1. */
  readonly confidence: number;
  /** An edge lies on a pause of the signal. */
  readonly boundaryRefined: boolean;
}

/** What an alignment found, with what it was made from. */
export interface Alignment {
  readonly audio: {
    /** As it was given; null where bytes were. */
    readonly path: string | null;
    readonly sha256: string;
    readonly seconds: number;
    readonly decoder: string;
  };
  readonly model: string;
  readonly boundaryRule: string;
  readonly segments: readonly AlignedUnit[];
  readonly warnings: readonly string[];
  /** One channel, for the picture; not written elsewhere. */
  readonly waveform: { readonly samples: Float32Array; readonly sampleRate: number };
}

/** One line: what formats of one line a unit cannot hold becomes a blank. */
export function oneLine(token: string): string {
  return token.replace(/[\s\p{Cc}]+/gu, " ").trim();
}
