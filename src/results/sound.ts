import type { Result, ResultEntry } from "./result_schema.js";

/** "RIFF" in base64: a segment is always a wave file. */
const WAVE = "UklGR";

/** The entry's content there is a sound in base64, no text. */
export function isSound({ content_type, content, segments }: ResultEntry, position: number): boolean {
  const own = content[position] ?? "";
  return content_type === 1 && own.startsWith(WAVE) && own !== segments?.[position]?.text;
}

/** The result holds something to listen to. */
export function hasSound({ conversation, response }: Result): boolean {
  return (
    (response.audio?.content ?? null) !== null ||
    conversation.some((turn) => turn.some((entry) => entry.content.some((_, i) => isSound(entry, i))))
  );
}

/** The result as it is where no sound is asked for. */
export function withoutSound(result: Result): Result {
  if (!hasSound(result)) return result;
  const conversation = result.conversation.map((turn) =>
    turn.map((entry) => ({
      ...entry,
      content: entry.content.map((own, i) => (isSound(entry, i) ? (entry.segments?.[i]?.text ?? "") : own)),
    })),
  );
  const { audio } = result.response;
  return {
    ...result,
    response: { ...result.response, audio: audio === null ? null : { ...audio, content: null, format: null } },
    conversation,
  };
}
