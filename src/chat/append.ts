import { ConnectorError } from "../errors.js";
import { joinIds } from "../util/arrays.js";
import { inWords, requireArray, requireObject } from "./arguments.js";
import { ModalityFlag, ModelHistoryTrackingMode } from "./enums.js";

/** (T, K) audio codes, row-major: `codes[t*codebooks + k]`. */
export interface AudioCodes {
  readonly frames: number;
  readonly codebooks: number;
  readonly codes: Int32Array;
}

export const NO_AUDIO: AudioCodes = { frames: 0, codebooks: 0, codes: new Int32Array(0) };

/** @throws ConnectorError where these are no codes, or not as many as frames and codebooks make. */
export function requireCodes(audio: unknown): asserts audio is AudioCodes {
  requireObject(audio, "audio codes");
  const { frames, codebooks, codes } = audio as Partial<AudioCodes>;
  if (!(codes instanceof Int32Array)) throw new ConnectorError(`audio codes must stand in an Int32Array, not ${inWords(codes)}`);
  for (const [what, count] of Object.entries({ frames, codebooks })) {
    if (!Number.isSafeInteger(count) || (count as number) < 0) {
      throw new ConnectorError(`${what} of audio codes is ${inWords(count)}: valid are integers from 0`);
    }
  }
  if (codes.length === (frames as number) * (codebooks as number)) return;
  throw new ConnectorError(`${codes.length} audio codes are not ${frames} frames of ${codebooks}`);
}

/** Codes one after the other. @throws ConnectorError where they have different codebooks. */
export function joinCodes(parts: readonly AudioCodes[]): AudioCodes {
  requireArray(parts, "audio codes");
  for (const part of parts) requireCodes(part);
  const sounding = parts.filter(({ frames }) => frames > 0);
  const codebooks = sounding[0]?.codebooks ?? 0;
  const other = sounding.find((part) => part.codebooks !== codebooks);
  if (other !== undefined) throw new ConnectorError(`frames of ${codebooks} and of ${other.codebooks} codes do not go together`);
  const frames = sounding.reduce((sum, part) => sum + part.frames, 0);
  return { frames, codebooks, codes: joinIds(sounding.map(({ codes }) => codes)) };
}

/** A stretch of generated steps of one kind. */
export type GeneratedRun =
  | { readonly kind: "text"; readonly ids: Int32Array }
  /** Frames from…to−1. */
  | { readonly kind: "audio"; readonly from: number; readonly to: number };

/**
 * Generated steps as runs in order of emission, without those that the history does not keep.
 * @throws ConnectorError where the flags do not count as many text and audio steps as there are.
 */
export function generatedRuns(
  text: Int32Array,
  audio: AudioCodes,
  flags: readonly ModalityFlag[],
  mode: ModelHistoryTrackingMode,
): readonly GeneratedRun[] {
  const textSteps = flags.filter((flag) => flag === ModalityFlag.TEXT).length;
  const frames = flags.filter((flag) => flag === ModalityFlag.AUDIO).length;
  if (textSteps !== text.length || frames !== audio.frames || flags.length !== textSteps + frames) {
    throw new ConnectorError(
      `the modality flags count ${textSteps} text and ${frames} audio steps of ${flags.length}, but there are ${text.length} text tokens and ${audio.frames} audio frames`,
    );
  }
  const runs: GeneratedRun[] = [];
  let [textAt, frameAt] = [0, 0];
  for (let start = 0; start < flags.length; ) {
    let end = start;
    while (end < flags.length && flags[end] === flags[start]) end++;
    const steps = end - start;
    if (flags[start] === ModalityFlag.TEXT) {
      if (mode !== ModelHistoryTrackingMode.AUDIO) runs.push({ kind: "text", ids: text.slice(textAt, textAt + steps) });
      textAt += steps;
    } else {
      if (mode !== ModelHistoryTrackingMode.TEXT) runs.push({ kind: "audio", from: frameAt, to: frameAt + steps });
      frameAt += steps;
    }
    start = end;
  }
  return runs;
}
