import type { ModelConfig } from "../../chat/model_config.js";
import type { Chat } from "../../chat/types.js";
import { sha256 } from "../../util/sha256.js";
import type { Drawing } from "./server_kind.js";

/** How tokens are drawn, as servers are told it. */
export function drawingOf({ textTemperature, textTopK }: ModelConfig): Pick<Drawing, "temperature" | "topK"> {
  const greedy = textTemperature === null || textTemperature <= 0 || textTopK === 1;
  return greedy ? { temperature: 0, topK: null } : { temperature: textTemperature, topK: textTopK };
}

export const isDrawn = ({ temperature }: Pick<Drawing, "temperature">): boolean => temperature > 0;

/** The seed of a chat's answer: of what is asked, never of the order of questions. 31 bits, which every server takes. */
export function seedOf(seed: number | string, { fingerprint }: Pick<Chat, "fingerprint">): number {
  return Number.parseInt(sha256(`${seed}/${fingerprint}`).slice(0, 8), 16) & 0x7fff_ffff;
}
