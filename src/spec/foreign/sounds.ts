import { checkBytes, DECODE_LIMITS } from "../../audio/files/limits.js";
import { markUnchanging } from "../../audio/memory.js";
import { reasonOf } from "../../util/errors.js";

/** Sound that stands in a conversation itself, by the name that it goes by there: text that should be base64. */
export type Sounds = Map<string, unknown>;

/** What a sound is called that stands in a conversation. @param count within its message, from 1. @param message from 1. */
export const soundName = (type: string, count: number, message: number): string => `${type} ${count} of message ${message}`;

export const isSoundName = (path: string): boolean => /^\w+ \d+ of message \d+$/.test(path);

const DATA_URL = /^data:[^,]{0,300},/;

/** Is it a data: URL? */
export const isDataUrl = (text: string): boolean => /^data:/i.test(text);

/**
 * The bytes of a sound, which are never written anywhere.
 * @param said base64, alone or as a data: URL.
 */
export function soundBytes(said: unknown): { readonly bytes: Uint8Array } | { readonly problem: string } {
  if (typeof said !== "string") return { problem: "needs the sound as base64 (data)" };
  const [head = ""] = DATA_URL.exec(said) ?? [];
  if (isDataUrl(said) && !/;base64,$/i.test(head)) return { problem: "must be base64 (data:audio/…;base64,…)" };
  const base64 = said.slice(head.length).replace(/\s+/g, "");
  const wrong = /[^\w+/=-]|=[^=]/.exec(base64);
  if (wrong !== null) return { problem: `is not base64: ${JSON.stringify(wrong[0][0])} stands at character ${wrong.index + 1}` };
  // Node takes both alphabets.
  const bytes = Uint8Array.from(Buffer.from(base64, "base64"));
  if (bytes.length === 0) return { problem: "holds no sound (0 bytes)" };
  try {
    checkBytes(bytes.length, DECODE_LIMITS);
  } catch (cause) {
    return { problem: reasonOf(cause) };
  }
  markUnchanging(bytes);
  return { bytes };
}
