/** A unit of a transcript with the stretch of audio in which it is said. */
export interface AudioSegment {
  /** The unit as the caller wrote it. */
  readonly token: string;
  /** Seconds of the source audio. */
  readonly startTime: number;
  readonly endTime: number;
  /** Mean probability of the unit's characters, 0…1. */
  readonly confidence: number;
  /** The segment's own audio, encoded; null until it is attached. */
  readonly audio: Uint8Array | null;
  readonly audioFormat: string | null;
  /** Of `startSample` and `endSample`, in Hz. */
  readonly sampleRate: number;
  readonly startSample: number;
  /** First sample after the segment. */
  readonly endSample: number;
  /** Seconds. */
  readonly duration: number;
  /** The edges were moved to a pause in the signal. */
  readonly boundaryRefined: boolean;
}

/** Finds where each unit of a transcript is said. */
export interface Aligner {
  /** @param transcript one string (its words are the units) or the units themselves. @param format what the bytes are. */
  align(audio: Uint8Array, transcript: string | readonly string[], format: string): Promise<readonly AudioSegment[]>;
  /**
   * Gives every segment its own audio (WAV), cut from the clip.
   * @param source the clip's bytes; `format` tells what they are.
   */
  attachAudioToSegments(
    segments: readonly AudioSegment[],
    source: { readonly audio: Uint8Array; readonly format: string },
  ): Promise<readonly AudioSegment[]>;
}
