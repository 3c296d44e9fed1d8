import { byteAt } from "../util/elements.js";

const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });
const STRICT = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });

/**
 * Texts of tokens from their bytes (UTF-8). The rule: a character spread over several tokens stands whole on the token
 * that holds its first byte, the others do not show it; so joining the texts gives the text of all bytes, and
 * U+FFFD appears only where the bytes are no UTF-8 (then on the first token of the broken run). Linear in the bytes.
 */
export function textsFromBytes(pieces: readonly Uint8Array[]): readonly string[] {
  const texts: string[] = new Array<string>(pieces.length).fill("");
  let start = 0;
  let missing = 0;
  for (let i = 0; i < pieces.length; i++) {
    const piece = pieces[i] as Uint8Array;
    const continues = missing > 0 && (piece.length === 0 || isContinuation(byteAt(piece, 0)));
    if (i > start && !continues) {
      decodeRun(pieces, start, i, texts);
      start = i;
      missing = 0;
    }
    missing = missingAfter(piece, missing);
  }
  if (start < pieces.length) decodeRun(pieces, start, pieces.length, texts);
  return texts;
}

/** Tokens start…end−1 begin and end at a character's edge, and no token between them begins at one that is certain. */
function decodeRun(pieces: readonly Uint8Array[], start: number, end: number, texts: string[]): void {
  if (end - start === 1) {
    texts[start] = UTF8.decode(pieces[start]);
    return;
  }
  const bytes = Buffer.concat(pieces.slice(start, end));
  if (!isUtf8(bytes)) {
    texts[start] = UTF8.decode(bytes);
    return;
  }
  let offset = 0;
  for (let i = start; i < end; i++) {
    const from = nextCharacter(bytes, offset);
    offset += (pieces[i] as Uint8Array).length;
    texts[i] = UTF8.decode(bytes.subarray(from, nextCharacter(bytes, offset)));
  }
}

/** First byte at or after `offset` that starts a character. */
function nextCharacter(bytes: Uint8Array, offset: number): number {
  let at = offset;
  while (at < bytes.length && isContinuation(byteAt(bytes, at))) at++;
  return at;
}

/** Continuation bytes that the last character still lacks after `piece`. */
function missingAfter(piece: Uint8Array, before: number): number {
  let missing = before;
  for (const byte of piece) {
    if (isContinuation(byte)) missing = Math.max(0, missing - 1);
    else missing = byte >= 0xf0 && byte < 0xf5 ? 3 : byte >= 0xe0 && byte < 0xf0 ? 2 : byte >= 0xc2 && byte < 0xe0 ? 1 : 0;
  }
  return missing;
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    STRICT.decode(bytes);
    return true;
  } catch {
    return false;
  }
}
