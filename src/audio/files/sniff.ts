import { ascii } from "./bytes.js";
import { id3Length, mpegFrame } from "./containers/mpeg_frames.js";
import { codecOf } from "./containers/ogg_check.js";
import { isWav } from "./wav_read.js";

/** Formats told apart by content; `unknown` is binary that no rule here knows. */
export type AudioKind =
  | "wav"
  | "mp3"
  | "flac"
  | "vorbis"
  | "opus"
  | "m4a"
  | "aac"
  | "webm"
  | "aiff"
  | "amr"
  | "oggflac"
  | "text"
  | "unknown";

/** Boxes that an MP4 or QuickTime file may begin with; old QuickTime files have no `ftyp`. */
const MP4_FIRST = new Set(["ftyp", "moov", "wide", "mdat"]);

/** What a file is, by its first bytes; names and extensions do not count. */
export function sniff(bytes: Uint8Array): AudioKind {
  if (isWav(bytes)) return "wav";
  const tag = id3Length(bytes);
  const body = bytes.subarray(tag);
  const head = ascii(body, 0, 4);
  if (head === "fLaC") return "flac";
  if (head === "OggS") return sniffOgg(body);
  if (MP4_FIRST.has(ascii(body, 4, 4))) return "m4a";
  if (body[0] === 0x1a && body[1] === 0x45 && body[2] === 0xdf && body[3] === 0xa3) return "webm";
  if (head === "FORM" && /^AIF[FC]$/.test(ascii(body, 8, 4))) return "aiff";
  if (/^#!AMR(-WB)?\n/.test(ascii(body, 0, 9))) return "amr";
  if (isAdts(body)) return "aac";
  if (isMpegFrame(body) || tag > 0) return "mp3";
  return isText(bytes) ? "text" : "unknown";
}

function sniffOgg(bytes: Uint8Array): AudioKind {
  const codec = codecOf(bytes.subarray(27 + (bytes[26] ?? 0)));
  return codec === "flac" ? "oggflac" : (codec ?? "unknown");
}

function isAdts(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && ((bytes[1] ?? 0) & 0xf6) === 0xf0;
}

/** Frame sync with a valid version, layer, bit rate and sampling rate. */
function isMpegFrame(bytes: Uint8Array): boolean {
  const [a = 0, b = 0, c = 0] = bytes;
  const free = a === 0xff && (b & 0xe0) === 0xe0 && (b & 0x18) !== 0x08 && (b & 0x06) !== 0 && c >> 4 === 0 && (c & 0x0c) !== 0x0c;
  return free || mpegFrame(bytes, 0) !== null;
}

/** Valid UTF-8 without control characters in the first kilobyte. */
function isText(bytes: Uint8Array): boolean {
  const text = new TextDecoder("utf-8").decode(bytes.subarray(0, 1024), { stream: true });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what tells binary from text.
  return text.length > 0 && !/[\u0000-\u0008\u000e-\u001f\ufffd]/.test(text);
}
