import { ascii, findAscii, viewOf } from "../bytes.js";
import { addFault, type FileReport } from "../report.js";

/** A frame of an MPEG audio stream. */
interface Frame {
  readonly size: number;
  readonly samples: number;
  readonly rate: number;
}
type Parse = (bytes: Uint8Array, at: number) => Frame | null;

// kbit/s by bit-rate index: MPEG 1 layers I, II, III; MPEG 2 and 2.5 layer I, layers II and III (ISO/IEC 11172-3, 13818-3).
const BIT_RATES = {
  "1/1": [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
  "1/2": [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
  "1/3": [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  "2/1": [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
  "2/2": [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
} as const;
const RATES = [44_100, 48_000, 32_000];
const ADTS_RATES = [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350];

/** Header of an MPEG 1, 2 or 2.5 frame of layer I, II or III; null where none begins at `at`, or its size is left open. */
export function mpegFrame(bytes: Uint8Array, at: number): Frame | null {
  const [a = 0, b = 0, c = 0] = bytes.subarray(at, at + 3);
  if (a !== 0xff || (b & 0xe0) !== 0xe0) return null;
  const version = (b >> 3) & 3;
  const layer = 4 - ((b >> 1) & 3);
  const base = RATES[(c >> 2) & 3];
  if (version === 1 || layer === 4 || base === undefined || c >> 4 === 0 || c >> 4 === 15) return null;
  const rate = version === 3 ? base : version === 2 ? base / 2 : base / 4;
  const column = version === 3 ? (`1/${layer}` as "1/1") : layer === 1 ? "2/1" : "2/2";
  const bits = (BIT_RATES[column][c >> 4] as number) * 1_000;
  const padding = (c >> 1) & 1;
  if (layer === 1) return { size: (Math.floor((12 * bits) / rate) + padding) * 4, samples: 384, rate };
  const samples = layer === 3 && version !== 3 ? 576 : 1_152;
  return { size: Math.floor((samples * bits) / 8 / rate) + padding, samples, rate };
}

/** Header of an ADTS frame (ISO/IEC 14496-3, 1.A.2). */
export function adtsFrame(bytes: Uint8Array, at: number): Frame | null {
  if (bytes[at] !== 0xff || ((bytes[at + 1] ?? 0) & 0xf6) !== 0xf0 || at + 7 > bytes.length) return null;
  const rate = ADTS_RATES[((bytes[at + 2] as number) >> 2) & 15];
  const size = (((bytes[at + 3] as number) & 3) << 11) | ((bytes[at + 4] as number) << 3) | ((bytes[at + 5] as number) >> 5);
  if (rate === undefined || size < 7) return null;
  return { size, samples: 1_024 * (((bytes[at + 6] as number) & 3) + 1), rate };
}

/** Bytes of an ID3v1 tag that was never filled in. */
const SHORT_FILLER = 129;

/**
 * Walks the frames of a stream and reports what stands between them, a last one that is cut off, and how many seconds they stand for.
 *
 * @param from first byte after a leading tag.
 */
export function checkFrames(bytes: Uint8Array, from: number, parse: Parse, report: FileReport): void {
  let seconds = 0;
  let size = 0;
  let at = from;
  while (at < bytes.length) {
    const frame = parse(bytes, at);
    if (frame !== null && at + frame.size > bytes.length) {
      addFault(report, "it ends within a frame");
      break;
    }
    if (frame !== null) {
      seconds += frame.samples / frame.rate;
      size = frame.size;
      at += frame.size;
      continue;
    }
    const tag = tagLength(bytes, at);
    const next = tag > 0 ? at + tag : resync(bytes, at + 1, parse);
    // Encoders may fill up with a few zeros before the first frame and after the last one.
    const filler = seconds === 0 || (next >= bytes.length && next - at < Math.max(size, SHORT_FILLER));
    if (tag === 0 && !(filler && isZero(bytes, at, next))) addFault(report, "bytes between its frames are none of a frame");
    at = next;
  }
  report.framesS = seconds;
}

/** Start of the next two frames in a row, or the end. */
function resync(bytes: Uint8Array, from: number, parse: Parse): number {
  for (let at = from; at < bytes.length; at++) {
    if (bytes[at] === 0x54 && tagLength(bytes, at) > 0) return at;
    if (bytes[at] !== 0xff) continue;
    const frame = parse(bytes, at);
    if (frame === null) continue;
    const next = at + frame.size;
    if (next >= bytes.length || parse(bytes, next) !== null || tagLength(bytes, next) > 0) return at;
  }
  return bytes.length;
}

function isZero(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (bytes[i] !== 0) return false;
  return true;
}

/** Bytes of a tag (ID3, APE, Lyrics3) that begins at `at`; 0 where none does. */
export function tagLength(bytes: Uint8Array, at: number): number {
  const head = ascii(bytes, at, 3);
  if (head === "TAG") return bytes.length - at <= 128 + 227 ? bytes.length - at : 0;
  if (head === "ID3") return id3Length(bytes, at);
  if (ascii(bytes, at, 8) === "APETAGEX" && at + 32 <= bytes.length) return viewOf(bytes).getUint32(at + 12, true) + 32;
  return ascii(bytes, at, 11) === "LYRICSBEGIN" ? Math.max(0, findAscii(bytes, "LYRICS200", at) + 9 - at) : 0;
}

/** Bytes of an ID3v2 tag at `at`, which mp3, flac and aac files may begin with; 0 without one. */
export function id3Length(bytes: Uint8Array, at = 0): number {
  if (bytes.length < at + 10 || ascii(bytes, at, 3) !== "ID3") return 0;
  const size = [6, 7, 8, 9].reduce((sum, k) => sum * 128 + ((bytes[at + k] as number) & 127), 0);
  return 10 + size + ((bytes[at + 5] as number) & 16 ? 10 : 0);
}

/**
 * Seconds by the Xing or Info header, which stands in an mp3 file's first frame after its side information, less what its LAME part says
 * the encoder added; null without one.
 */
export function xingSeconds(bytes: Uint8Array): number | null {
  const at = firstFrame(bytes);
  const frame = at === null ? null : mpegFrame(bytes, at);
  if (at === null || frame === null) return null;
  const mono = (bytes[at + 3] as number) >> 6 === 3;
  const mpeg1 = frame.samples === 1_152;
  const tag = at + 4 + (mpeg1 ? (mono ? 17 : 32) : mono ? 9 : 17);
  if (!/^(Xing|Info)$/.test(ascii(bytes, tag, 4)) || tag + 12 > bytes.length) return null;
  const view = viewOf(bytes);
  const flags = view.getUint32(tag + 4);
  if ((flags & 1) === 0) return null;
  const samples = view.getUint32(tag + 8) * frame.samples;
  // Frames, bytes, table, quality: each stands there only where its flag is set. Then 21 bytes on, delay and padding of 12 bits each.
  const lame = tag + 8 + 4 * ((flags & 1) + ((flags >> 1) & 1) + ((flags >> 3) & 1)) + ((flags >> 2) & 1) * 100;
  const trims = /^L(AME|avf|avc)/.test(ascii(bytes, lame, 4)) && lame + 24 <= bytes.length;
  const [x = 0, y = 0, z = 0] = trims ? bytes.subarray(lame + 21, lame + 24) : [];
  return Math.max(0, samples - ((x << 4) | (y >> 4)) - (((y & 15) << 8) | z)) / frame.rate;
}

/** The first frame after leading tags; null where none is near. */
export function firstFrame(bytes: Uint8Array): number | null {
  let at = 0;
  for (let tag = id3Length(bytes); tag > 0 && at < bytes.length; tag = id3Length(bytes, at)) at += tag;
  for (const end = Math.min(bytes.length, at + 65_536); at < end; at++) {
    const frame = bytes[at] === 0xff ? mpegFrame(bytes, at) : null;
    if (frame !== null && (at + frame.size >= bytes.length || mpegFrame(bytes, at + frame.size) !== null)) return at;
  }
  return null;
}
