import { ascii, isWav } from "./wav_read.js";

/** Formats told apart by content; `unknown` is binary that no rule here knows. */
export type AudioKind = "wav" | "mp3" | "flac" | "vorbis" | "opus" | "m4a" | "aac" | "webm" | "aiff" | "text" | "unknown";

/** What a file is, by its first bytes; names and extensions do not count. */
export function sniff(bytes: Uint8Array): AudioKind {
  if (isWav(bytes)) return "wav";
  const tag = id3Length(bytes);
  const body = bytes.subarray(tag);
  const head = ascii(body, 0, 4);
  if (head === "fLaC") return "flac";
  if (head === "OggS") return sniffOgg(body);
  if (ascii(body, 4, 4) === "ftyp") return "m4a";
  if (body[0] === 0x1a && body[1] === 0x45 && body[2] === 0xdf && body[3] === 0xa3) return "webm";
  if (head === "FORM" && /^AIF[FC]$/.test(ascii(body, 8, 4))) return "aiff";
  if (isAdts(body)) return "aac";
  if (isMpegFrame(body) || tag > 0) return "mp3";
  return isText(bytes) ? "text" : "unknown";
}

/** Bytes of a leading ID3v2 tag, which mp3, flac and aac files may carry. */
function id3Length(bytes: Uint8Array): number {
  if (bytes.length < 10 || ascii(bytes, 0, 3) !== "ID3") return 0;
  const size = [6, 7, 8, 9].reduce((sum, at) => sum * 128 + ((bytes[at] as number) & 127), 0);
  const footer = (bytes[5] as number) & 16 ? 10 : 0;
  return 10 + size + footer;
}

function sniffOgg(bytes: Uint8Array): AudioKind {
  const payload = 27 + (bytes[26] ?? 0);
  if (ascii(bytes, payload, 8) === "OpusHead") return "opus";
  if (ascii(bytes, payload + 1, 6) === "vorbis") return "vorbis";
  if (ascii(bytes, payload + 1, 4) === "FLAC") return "flac";
  return "unknown";
}

function isAdts(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && ((bytes[1] ?? 0) & 0xf6) === 0xf0;
}

/** Frame sync with a valid version, layer, bit rate and sampling rate. */
function isMpegFrame(bytes: Uint8Array): boolean {
  const [a = 0, b = 0, c = 0] = bytes;
  return a === 0xff && (b & 0xe0) === 0xe0 && (b & 0x18) !== 0x08 && (b & 0x06) !== 0 && c >> 4 !== 15 && (c & 0x0c) !== 0x0c;
}

/** Valid UTF-8 without control characters in the first kilobyte. */
function isText(bytes: Uint8Array): boolean {
  const text = new TextDecoder("utf-8").decode(bytes.subarray(0, 1024), { stream: true });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what tells binary from text.
  return text.length > 0 && !/[\u0000-\u0008\u000e-\u001f\ufffd]/.test(text);
}
