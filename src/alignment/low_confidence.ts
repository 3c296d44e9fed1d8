import type { AudioSegment } from "../chat/audio_segment.js";

/** Below this mean probability of its characters a unit's place is doubtful … */
const LOW_CONFIDENCE = 0.05;
/** … and below this mean over all of them the transcript may be another clip's. */
const LOW_MEAN = 0.18;
const SHOWN = 10;

/** What a person should look at: a transcript that may be another clip's, and words of doubtful place. */
export function lowConfidenceWarnings(segments: readonly AudioSegment[]): readonly string[] {
  if (segments.length === 0) return [];
  const mean = segments.reduce((sum, { confidence }) => sum + confidence, 0) / segments.length;
  const doubtful = segments.filter(({ confidence }) => confidence < LOW_CONFIDENCE);
  const named = doubtful
    .slice(0, SHOWN)
    .map(({ token, startTime, confidence }) => `"${token}" (at ${startTime.toFixed(2)} s, ${confidence.toFixed(2)})`);
  const more = doubtful.length > SHOWN ? ` and ${doubtful.length - SHOWN} more` : "";
  return [
    ...(mean < LOW_MEAN ? [`the transcript may not be what is said: its mean confidence is ${mean.toFixed(2)}`] : []),
    ...(doubtful.length > 0 ? [`the aligner is unsure of ${named.join(", ")}${more}`] : []),
  ];
}
