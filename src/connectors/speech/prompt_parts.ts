import { AUDIO_ID } from "../../chat/token_table.js";
import { joinIds } from "../../util/arrays.js";
import { int32At } from "../../util/elements.js";
import { type ChatAudio, codesOfToken, isGenerated } from "./chat_audio.js";
import type { Knit } from "./knit.js";
import { type ClipInput, type MarksOf, NO_MARKS, type PromptPart } from "./prompt.js";

const APART: Knit = () => null;

/**
 * A chat's tokens as stretches of text, clips and generated frames, in order.
 * @param ids of all tokens. @param heard what is heard of each of the audio's clips. @param marks around each that is heard.
 * @param knit what becomes of two tokens where marks meet text, or other marks. @default they stay as they are
 */
export function promptParts(
  ids: Int32Array,
  audio: ChatAudio,
  heard: readonly ClipInput[],
  marks: MarksOf = NO_MARKS,
  knit: Knit = APART,
): readonly PromptPart[] {
  const parts: PromptPart[] = [];
  const clips = audio.clips.map((placed, i) => ({ at: placed.at, number: placed.number, clip: heard[i] as ClipInput }));
  let next = 0;
  // Text behind a clip that is gone follows text that was not tokenised with it either, but as it stood in the conversation.
  let behindMarks = false;
  const hear = (position: number): void => {
    for (; next < clips.length && (clips[next]?.at ?? 0) <= position; next++) {
      const { clip, number } = clips[next] as (typeof clips)[number];
      if (clip.take.length === 0) continue;
      const { before, after } = marks(number);
      pushText(parts, before, knit);
      parts.push({ kind: "audio-in", clip });
      pushText(parts, after, knit);
      behindMarks = after.length > 0;
    }
  };
  for (let start = 0; start < ids.length; ) {
    hear(start);
    let end = start + 1;
    if (isGenerated(audio, start)) {
      parts.push({ kind: "audio-out", codes: codesOfToken(audio, start) });
      behindMarks = false;
    } else if (ids[start] !== AUDIO_ID) {
      const stop = Math.min(clips[next]?.at ?? ids.length, ids.length);
      while (end < stop && ids[end] !== AUDIO_ID) end++;
      pushText(parts, ids.subarray(start, end), behindMarks ? knit : APART);
      behindMarks = false;
    }
    start = end;
  }
  hear(ids.length);
  return parts;
}

/** What was tokenised apart, behind what stands there. */
function pushText(parts: PromptPart[], ids: Int32Array, knit: Knit): void {
  if (ids.length === 0) return;
  const last = parts.at(-1);
  const seam = last?.kind === "text" ? knit(int32At(last.ids, last.ids.length - 1), int32At(ids, 0)) : null;
  if (last?.kind !== "text" || seam === null) {
    parts.push({ kind: "text", ids });
    return;
  }
  parts.pop();
  const before = last.ids.subarray(0, last.ids.length - 1);
  if (before.length > 0) parts.push({ kind: "text", ids: before });
  parts.push({ kind: "text", ids: joinIds([seam, ids.subarray(1)]) });
}
