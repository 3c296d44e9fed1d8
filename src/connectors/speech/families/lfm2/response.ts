import { NO_AUDIO } from "../../../../chat/append.js";
import { ModalityFlag, type ModelHistoryTrackingMode } from "../../../../chat/enums.js";
import type { ModelResponse } from "../../../../chat/model_response.js";
import { ConnectorError } from "../../../../errors.js";
import type { Tokenizer } from "../../../../text/tokenizer.js";
import { int32At } from "../../../../util/elements.js";
import type { Embedder } from "../../embedder.js";
import type { LiquidAudioChat } from "./chat.js";
import type { LiquidOutput } from "./policy.js";

/** A generated answer. @param codebooks codes of a frame. */
export function liquidResponse(tokenizer: Tokenizer, output: LiquidOutput, codebooks: number): ModelResponse {
  const ids = Int32Array.from(output.text);
  const codes = new Int32Array(output.frames.length * codebooks);
  output.frames.forEach((frame, t) => {
    codes.set(frame, t * codebooks);
  });
  return {
    chat: null,
    generatedTextTokens: ids,
    generatedAudioTokens: output.frames.length === 0 ? NO_AUDIO : { frames: output.frames.length, codebooks, codes },
    generatedModalityFlag: output.flags,
    text: tokenizer.decode(ids, { skipSpecialTokens: true }),
    finishReason: output.finishReason,
  };
}

/**
 * The same answer with what the model was fed + answer as one chat; the chat itself is not modified. All that was emitted enters, less the
 * token that ends a sequential answer: closing the turn adds it.
 */
export function withHistory(
  chat: LiquidAudioChat,
  response: ModelResponse,
  turnEnd: number,
  mode: ModelHistoryTrackingMode,
): ModelResponse & { readonly chat: LiquidAudioChat } {
  const copy = chat.readyToAnswer().copy();
  const { generatedTextTokens: ids, generatedModalityFlag: flags } = response;
  const doubled = flags.at(-1) === ModalityFlag.TEXT && ids[ids.length - 1] === turnEnd ? 1 : 0;
  copy.append(ids.subarray(0, ids.length - doubled), response.generatedAudioTokens, flags.slice(0, flags.length - doubled), mode);
  copy.endTurn();
  return { ...response, chat: copy };
}

/** One step of an answer: a token, or a frame of codes. */
export type ResponseStep = { readonly kind: "text"; readonly id: number } | { readonly kind: "frame"; readonly codes: Int32Array };

/** Steps in order of emission. @throws ConnectorError where the flags do not count what there is, or frames have another width. */
export function responseSteps(response: ModelResponse, codebooks: number): readonly ResponseStep[] {
  const { generatedTextTokens: ids, generatedAudioTokens: audio, generatedModalityFlag: flags } = response;
  if (audio.frames > 0 && audio.codebooks !== codebooks) {
    throw new ConnectorError(`the answer has frames of ${audio.codebooks} codes, but this model speaks in ${codebooks}`);
  }
  const frames = flags.filter((flag) => flag === ModalityFlag.AUDIO).length;
  if (frames !== audio.frames || flags.length !== frames + ids.length) {
    throw new ConnectorError(
      `the answer flags ${flags.length} steps, ${frames} of them sound, but has ${ids.length} tokens and ${audio.frames} frames`,
    );
  }
  let [text, frame] = [0, 0];
  return flags.map((flag) => {
    if (flag === ModalityFlag.TEXT) return { kind: "text", id: int32At(ids, text++) };
    const codes = audio.codes.subarray(frame * codebooks, (frame + 1) * codebooks);
    frame += 1;
    return { kind: "frame", codes };
  });
}

/** What each step is fed as. */
export function stepIds(steps: readonly ResponseStep[], embedder: Embedder): Int32Array {
  return Int32Array.from(steps, (step) => (step.kind === "text" ? step.id : embedder.ids.frame(step.codes)));
}
