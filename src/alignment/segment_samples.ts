import { ConnectorError } from "../errors.js";

/** Shorter stretches are hard to hear and to mask. */
export const MIN_SEGMENT_S = 0.05;

export interface SampleSpan {
  /** Seconds: as given where the samples are, else the moved sample's. */
  readonly startTime: number;
  readonly endTime: number;
  readonly startSample: number;
  /** First sample after the segment. */
  readonly endSample: number;
}

/**
 * Sample spans of at least 50 ms that do not overlap, do not cross and lie within the clip. A segment that is too short grows at its end; where
 * there is no room the next ones move, and at the clip's end the earlier ones.
 *
 * @param times seconds, in order.
 * @param samples of the clip.
 * @throws ConnectorError where the clip is too short for so many.
 */
export function segmentSamples(
  times: readonly { readonly start: number; readonly end: number }[],
  samples: number,
  sampleRate: number,
): readonly SampleSpan[] {
  const least = Math.floor(MIN_SEGMENT_S * sampleRate);
  if (times.length * least > samples) {
    const seconds = (samples / sampleRate).toFixed(2);
    throw new ConnectorError(
      `the transcript does not fit the audio: ${times.length} times ${MIN_SEGMENT_S * 1000} ms at least do not go into ${seconds} s`,
    );
  }
  const spans = times.map(({ start, end }) => ({ startSample: sampleAt(start, sampleRate), endSample: sampleAt(end, sampleRate) }));
  return separated(spans, least, samples).map(({ startSample, endSample }, i) => ({
    startSample,
    endSample,
    startTime: timeAt(startSample, times[i]?.start ?? 0, sampleRate),
    endTime: timeAt(endSample, times[i]?.end ?? 0, sampleRate),
  }));
}

type Samples = Pick<SampleSpan, "startSample" | "endSample">;

/** Forwards so that each begins after the last, then backwards so that none passes the end. */
function separated(spans: readonly Samples[], least: number, samples: number): readonly Samples[] {
  let floor = 0;
  const grown = spans.map(({ startSample, endSample }): Samples => {
    const start = Math.max(floor, startSample);
    floor = Math.max(endSample, start + least);
    return { startSample: start, endSample: floor };
  });
  let ceiling = samples;
  for (let i = grown.length - 1; i >= 0; i--) {
    const { startSample, endSample } = grown[i] as Samples;
    const end = Math.min(endSample, ceiling);
    ceiling = Math.min(startSample, end - least);
    grown[i] = { startSample: ceiling, endSample: end };
  }
  return grown;
}

function timeAt(sample: number, seconds: number, sampleRate: number): number {
  return sampleAt(seconds, sampleRate) === sample ? seconds : sample / sampleRate;
}

/** Rounded down, but not for the sake of a last bit: 0.15 s at 16 kHz is sample 2,400. */
function sampleAt(seconds: number, sampleRate: number): number {
  return Math.floor(seconds * sampleRate + 1e-6);
}
