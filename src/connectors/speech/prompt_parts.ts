import { AUDIO_ID } from "../../chat/token_table.js";
import { type ChatAudio, codesOfToken, isGenerated } from "./chat_audio.js";
import { type ClipInput, type MarksOf, NO_MARKS, type PromptPart } from "./prompt.js";

/**
 * A chat's tokens as stretches of text, clips and generated frames, in order.
 * @param ids of all tokens. @param heard what is heard of each of the audio's clips. @param marks around each that is heard.
 */
export function promptParts(
  ids: Int32Array,
  audio: ChatAudio,
  heard: readonly ClipInput[],
  marks: MarksOf = NO_MARKS,
): readonly PromptPart[] {
  const parts: PromptPart[] = [];
  const clips = audio.clips.map((placed, i) => ({ at: placed.at, number: placed.number, clip: heard[i] as ClipInput }));
  let next = 0;
  const hear = (position: number): void => {
    for (; next < clips.length && (clips[next]?.at ?? 0) <= position; next++) {
      const { clip, number } = clips[next] as (typeof clips)[number];
      if (clip.take.length === 0) continue;
      const { before, after } = marks(number);
      if (before.length > 0) parts.push({ kind: "text", ids: before });
      parts.push({ kind: "audio-in", clip });
      if (after.length > 0) parts.push({ kind: "text", ids: after });
    }
  };
  for (let start = 0; start < ids.length; ) {
    hear(start);
    let end = start + 1;
    if (isGenerated(audio, start)) {
      parts.push({ kind: "audio-out", codes: codesOfToken(audio, start) });
    } else if (ids[start] !== AUDIO_ID) {
      const stop = Math.min(clips[next]?.at ?? ids.length, ids.length);
      while (end < stop && ids[end] !== AUDIO_ID) end++;
      parts.push({ kind: "text", ids: ids.subarray(start, end) });
    }
    start = end;
  }
  hear(ids.length);
  return parts;
}
