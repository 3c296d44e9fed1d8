import type { AudioContent } from "../results/conversation_block.js";
import type { Result } from "../results/result_schema.js";
import { withoutSound } from "../results/sound.js";
import type { FormatDefinition } from "../views/format.js";
import type { Output } from "./outputs.js";

/** How sound stands in results, and the outputs that get it. */
export interface SoundPlan {
  readonly audioContent: AudioContent;
  readonly outputs: readonly Output<Result>[];
}

/**
 * Formats that play sound get it unless `--audio-content segments` forbids it; the others get it where `--audio-content base64` asks for it.
 * @param asked as the flag gave it
 */
export function planSound(outputs: readonly Output<Result>[], asked: string | undefined): SoundPlan {
  const plays = outputs.some(({ format }) => format.sound === true);
  if (asked === "base64") return { audioContent: "base64", outputs };
  if (asked === "segments" || !plays) return { audioContent: "segments", outputs };
  return {
    audioContent: "base64",
    outputs: outputs.map(({ file, format }) => ({ file, format: format.sound === true ? format : silent(format) })),
  };
}

function silent(format: FormatDefinition<Result>): FormatDefinition<Result> {
  return {
    ...format,
    open(sink, options) {
      const writer = format.open(sink, options);
      return { write: (result) => writer.write(withoutSound(result)), close: () => writer.close() };
    },
  };
}
