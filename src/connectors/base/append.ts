import { ConnectorError } from "../../errors.js";
import { ModalityFlag, ModelHistoryTrackingMode } from "../enums.js";

/** (T, K) audio codes, row-major: `codes[t*codebooks + k]`. */
export interface AudioCodes {
  readonly frames: number;
  readonly codebooks: number;
  readonly codes: Int32Array;
}

export const NO_AUDIO: AudioCodes = { frames: 0, codebooks: 0, codes: new Int32Array(0) };

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
