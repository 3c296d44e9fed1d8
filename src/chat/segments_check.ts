import { ConnectorError } from "../errors.js";
import { inWords, requireArray, requireFunction, requireObject } from "./arguments.js";
import type { Aligner, AudioSegment } from "./audio_segment.js";

/** How far a time and its sample, or the end of a clip, may be apart: rounding and the padding of codecs. */
const SLACK_S = 0.05;

/** @throws ConnectorError where it is no `Aligner`. */
export function requireAligner(aligner: unknown): asserts aligner is Aligner {
  requireObject(aligner, "aligner");
  requireFunction((aligner as Partial<Aligner>).align, "align of the aligner");
  requireFunction((aligner as Partial<Aligner>).attachAudioToSegments, "attachAudioToSegments of the aligner");
}

/**
 * What an aligner gave for a clip, if it can be true: stretches of sound inside of the clip, one after the other; of a list of units, each unit
 * that can be said.
 * @param seconds of the clip.
 * @throws ConnectorError where there is none, or one is nonsense.
 */
export function requireSegments(given: unknown, transcript: string | readonly string[], seconds: number): readonly AudioSegment[] {
  requireArray(given, "what an aligner gives");
  if (given.length === 0) {
    throw new ConnectorError("No audio segments were created from the provided audio content and transcript.");
  }
  let from = 0;
  given.forEach((segment, i) => {
    from = requireSegment(segment, `segment ${i + 1} of the aligner`, from, seconds);
  });
  const segments = given as readonly AudioSegment[];
  const stray = typeof transcript === "string" ? null : strayUnit(segments, transcript);
  if (stray !== null) throw new ConnectorError(stray);
  return segments;
}

/**
 * What does not fit where segments are not the units, in order; null where they are. Only a unit without a letter or digit may have no segment. Of a
 * transcript in one piece the units are its words, and an aligner may know better.
 */
export function strayUnit(segments: readonly AudioSegment[], transcript: string | readonly string[]): string | null {
  const units = typeof transcript === "string" ? transcript.split(/\s+/u).filter((word) => word !== "") : transcript;
  let at = 0;
  for (const unit of units) {
    if (segments[at]?.token === unit) at += 1;
    else if (/[\p{L}\p{N}]/u.test(unit)) return `the aligner gave no segment for ${inWords(unit)} where its turn is`;
  }
  const extra = segments[at];
  return extra === undefined ? null : `the aligner gave a segment ${inWords(extra.token)} that no unit of the transcript asks for`;
}

/** @param from seconds that the one before takes. @returns seconds where this one ends. */
function requireSegment(given: unknown, name: string, from: number, seconds: number): number {
  requireObject(given, name);
  const { token, startTime, endTime, startSample, endSample, sampleRate, confidence, audio } = given as AudioSegment;
  const refuse = (why: string): never => {
    throw new ConnectorError(`${name} (${inWords(token)}) ${why}`);
  };
  if (typeof token !== "string") refuse("has no text");
  if (!(Number.isFinite(sampleRate) && sampleRate > 0)) refuse(`has the sample rate ${inWords(sampleRate)}`);
  if (!(Number.isSafeInteger(startSample) && Number.isSafeInteger(endSample) && startSample >= 0 && endSample > startSample)) {
    refuse(`has the samples ${inWords(startSample)} … ${inWords(endSample)}: valid are whole numbers from 0, the end after the start`);
  }
  const [start, end] = [startSample / sampleRate, endSample / sampleRate];
  if (!(Math.abs(startTime - start) <= SLACK_S && Math.abs(endTime - end) <= SLACK_S)) {
    refuse(`is said at ${inWords(startTime)} … ${inWords(endTime)} s, but its samples are those at ${start} … ${end} s`);
  }
  if (startTime < 0 || endTime < startTime) refuse(`is said at ${startTime} … ${endTime} s`);
  if (end > seconds + SLACK_S) refuse(`ends at ${end} s, but the clip has ${seconds} s`);
  // Half a sample: of two rates, or of a rounding.
  if (start < from - 0.5 / sampleRate) refuse(`begins at ${start} s, but the one before it ends at ${from} s`);
  if (!(confidence >= 0 && confidence <= 1)) refuse(`has the confidence ${inWords(confidence)}: valid are numbers from 0 to 1`);
  if (audio !== null && audio !== undefined && !(audio instanceof Uint8Array)) refuse("has audio that is no bytes");
  return end;
}

/** Segments with the audio that an aligner cut for them; nothing else of them changes. @throws ConnectorError where one has none. */
export function withAudioOf(segments: readonly AudioSegment[], attached: unknown): readonly AudioSegment[] {
  requireArray(attached, "what an aligner gives");
  if (attached.length !== segments.length) {
    throw new ConnectorError(`the aligner cut audio for ${attached.length} segments, but there are ${segments.length}`);
  }
  return segments.map((segment, i) => {
    requireObject(attached[i], `segment ${i + 1} of the aligner`);
    const { audio, audioFormat } = attached[i] as Partial<AudioSegment>;
    if (!(audio instanceof Uint8Array) || audio.length === 0) {
      throw new ConnectorError(`the aligner cut no audio for segment ${i + 1} (${inWords(segment.token)})`);
    }
    return { ...segment, audio, audioFormat: typeof audioFormat === "string" ? audioFormat : "wav" };
  });
}
