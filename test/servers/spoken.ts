import { fileURLToPath } from "node:url";
import type { SpecInput } from "../../src/spec/schema.js";

/** Where the clip stands. */
export const AUDIO = fileURLToPath(new URL("../../configs/audio", import.meta.url));
export const CLIP = "kitchen-light.wav";
export const TRANSCRIPT = "could you please turn on the kitchen light";
export const SEGMENTS = { text: "turn", audio: "segment", segment_seconds: 0.4 } as const;
/** Sixteen coalitions: generating, and hearing on a CPU, are slow. */
export const FEW = { ...SEGMENTS, segment_seconds: 0.8 } as const;
export const WORDS = { text: "turn", audio: "word" } as const;

/** A spoken command and what is asked about it; with the answer that is scored, or with one of 8 tokens. */
export function spoken(explain: NonNullable<SpecInput["explain"]>, transcript: string | null, answer: string | null): Partial<SpecInput> {
  const clip = { type: "audio" as const, path: CLIP, ...(transcript === null ? {} : { transcript }) };
  const given = answer === null ? [] : [{ role: "assistant" as const, content: answer }];
  return {
    messages: [
      { role: "system", content: "you are good." },
      { role: "user", content: [{ type: "text", text: "what is said" }, clip] },
      ...given,
    ],
    generation: { max_new_tokens: 8 },
    explain: { sampler: "exact", ...explain },
  };
}
