/** How the bytes of a text file are to be read; null where it is no text that this package reads. */
import { byteAt } from "../util/elements.js";
export type Encoding = "utf-8" | "utf-16le" | "utf-16be";

/** Why bytes are no text, in words that follow a file's name. */
export interface NoText {
  readonly problem: string;
  /** What it may be instead. */
  readonly hint?: string;
}

/** Bytes that are looked at to tell an encoding without a mark. */
const SAMPLE = 4_096;
/** In UTF-16 every other byte of Latin text is zero; in a binary file zeros stand anywhere. 开 and its like have one at the other place. */
const ZERO_SHARE = 0.3;

/** By its byte order mark, else by its zeros. UTF-16 without a mark is told where a good part of it is Latin script, digits or blanks. */
export function encodingOf(bytes: Uint8Array): Encoding | NoText {
  const [a, b, c, d] = bytes;
  if ((a === 0xff && b === 0xfe && c === 0 && d === 0) || (a === 0 && b === 0 && c === 0xfe && d === 0xff))
    return { problem: "is encoded as UTF-32; save it as UTF-8" };
  if (a === 0xff && b === 0xfe) return "utf-16le";
  if (a === 0xfe && b === 0xff) return "utf-16be";
  if (!bytes.includes(0)) return "utf-8";
  const pairs = Math.min(bytes.length, SAMPLE) >> 1;
  let [even, odd] = [0, 0];
  for (let i = 0; i < pairs; i++) {
    const [first, second] = [byteAt(bytes, 2 * i), byteAt(bytes, 2 * i + 1)];
    if (first === 0 && isText(second)) even++;
    if (second === 0 && isText(first)) odd++;
  }
  if (bytes.length % 2 === 0 && odd > ZERO_SHARE * pairs && even < odd / 4) return "utf-16le";
  if (bytes.length % 2 === 0 && even > ZERO_SHARE * pairs && odd < even / 4) return "utf-16be";
  return { problem: "is not a text file" };
}

/** A letter, a digit, a sign, a blank or the end of a line: what a zero beside it makes a character of UTF-16. */
function isText(byte: number): boolean {
  return byte >= 0x20 || byte === 9 || byte === 10 || byte === 13;
}

/**
 * The text of a file, without a byte order mark.
 *
 * @param accept encodings that are read; others are refused by name.
 */
export function decodeText(bytes: Uint8Array, accept: readonly Encoding[]): string | NoText {
  const encoding = encodingOf(bytes);
  if (typeof encoding !== "string") return encoding;
  if (!accept.includes(encoding)) return { problem: "is encoded as UTF-16; save it as UTF-8" };
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    if (encoding !== "utf-8") return { problem: `is damaged: it begins like ${encoding.toUpperCase()}, but does not go on so` };
    const problem = "is not valid UTF-8; save it as UTF-8";
    return looksLatin(bytes) ? { problem, hint: "it looks like Latin-1 or Windows-1252" } : { problem };
  }
}

/** Single bytes above 127 between letters, as é stands in "café", and no control characters. */
function looksLatin(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) {
    const byte = byteAt(bytes, i);
    if (byte < 0x20 && byte !== 9 && byte !== 10 && byte !== 13) return false;
  }
  return true;
}
