import { AudioError } from "../../../errors.js";
import { ascii, viewOf } from "../bytes.js";
import { flacCrc8, flacCrc16 } from "../crc.js";
import { addFault, type FileReport } from "../report.js";
import { id3Length, tagLength } from "./mpeg_frames.js";

/** STREAMINFO (RFC 9639, 8.2). */
export interface FlacInfo {
  readonly rate: number;
  readonly channels: number;
  readonly bits: number;
  /** Samples a channel; 0 where the encoder left it open. */
  readonly total: number;
}

/** @param block the 34 bytes of the STREAMINFO block; null where they are not there. */
export function flacInfo(block: Uint8Array): FlacInfo | null {
  if (block.length < 18) return null;
  const view = viewOf(block);
  const packed = view.getUint32(10);
  return {
    rate: packed >>> 12,
    channels: ((packed >>> 9) & 7) + 1,
    bits: ((packed >>> 4) & 31) + 1,
    total: (packed & 15) * 2 ** 32 + view.getUint32(14),
  };
}

/** The metadata of a native file. @returns null where it has no STREAMINFO. */
export function flacHead(bytes: Uint8Array): { readonly info: FlacInfo; readonly start: number } | null {
  let at = id3Length(bytes);
  if (ascii(bytes, at, 4) !== "fLaC") return null;
  const info = flacInfo(bytes.subarray(at + 8, at + 42));
  if (info === null || ((bytes[at + 4] as number) & 127) !== 0) return null;
  at += 4;
  for (let last = false; !last && at + 4 <= bytes.length; ) {
    last = (bytes[at] as number) >= 128;
    at += 4 + (((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number));
  }
  return { info, start: at };
}

/** Bytes looked at in vain, by file size, before a file counts as no flac: its headers may be made to be searched for ever. */
const SEARCH = { share: 20, bytes: 64 * 1024 ** 2 };

/** Frames whose checksum holds, from `start` on; what lies between them is a fault. */
export function* flacFrames(bytes: Uint8Array, start: number, report: FileReport): Generator<Uint8Array> {
  let at = start;
  let lost = false;
  let search = SEARCH.share * bytes.length + SEARCH.bytes;
  while (at < bytes.length) {
    const head = headerLength(bytes, at);
    const end = head > 0 ? frameEnd(bytes, at, head) : null;
    if (end !== null) {
      lost = false;
      yield bytes.subarray(at, end);
      at = end;
      continue;
    }
    const tag = lost ? 0 : tagLength(bytes, at);
    if (tag > 0) {
      at += tag;
      continue;
    }
    if (!lost) addFault(report, "a frame is cut off or fails its checksum");
    lost = true;
    if (head > 0) search -= frameLimit(bytes, at, head) - at;
    if (search < 0) throw new AudioError("the flac file is too damaged to be read");
    at = nextSync(bytes, at + 1);
  }
}

/** Samples a channel of a frame (RFC 9639, 9.1.1). */
export function flacFrameSamples(frame: Uint8Array): number {
  const code = (frame[2] as number) >> 4;
  const at = 4 + numberLength(frame[4] as number);
  if (code === 1) return 192;
  if (code <= 5) return 576 << (code - 2);
  if (code === 6) return (frame[at] as number) + 1;
  if (code === 7) return (((frame[at] as number) << 8) | (frame[at + 1] as number)) + 1;
  return 256 << (code - 8);
}

/** Bytes of the frame header at `at`, its checksum included; 0 where none stands there. */
function headerLength(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== 0xff || ((bytes[at + 1] ?? 0) & 0xfe) !== 0xf8 || at + 6 > bytes.length) return 0;
  const size = (bytes[at + 2] as number) >> 4;
  const rate = (bytes[at + 2] as number) & 15;
  const channels = (bytes[at + 3] as number) >> 4;
  if (size === 0 || rate === 15 || channels > 10 || ((bytes[at + 3] as number) & 1) !== 0) return 0;
  const length = 4 + numberLength(bytes[at + 4] as number) + (size === 6 ? 1 : size === 7 ? 2 : 0) + (rate === 12 ? 1 : rate > 12 ? 2 : 0);
  if (at + length >= bytes.length || flacCrc8(bytes, at, at + length) !== bytes[at + length]) return 0;
  return length + 1;
}

/** Bytes of the frame's number, coded as UTF-8 codes characters. */
function numberLength(first: number): number {
  return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf8 ? 4 : first < 0xfc ? 5 : first < 0xfe ? 6 : 7;
}

/** Frames do not tell their size: they end where the next header, a tag or the file's end stands and the checksum of all before it holds. */
function frameEnd(bytes: Uint8Array, at: number, head: number): number | null {
  let crc = 0;
  let summed = at;
  const limit = frameLimit(bytes, at, head);
  for (let next = nextBoundary(bytes, at + head, limit); next <= limit; next = nextBoundary(bytes, next + 1, limit)) {
    crc = flacCrc16(bytes, summed, next - 2, crc);
    summed = next - 2;
    if (crc === (((bytes[next - 2] as number) << 8) | (bytes[next - 1] as number))) return next;
  }
  return null;
}

/** Where the frame that begins at `at` ends at the latest: 5 bytes a sample are more than any coding takes. */
function frameLimit(bytes: Uint8Array, at: number, head: number): number {
  const channels = Math.min(8, ((bytes[at + 3] as number) >> 4) + 1);
  return Math.min(bytes.length, at + head + 256 + 5 * channels * flacFrameSamples(bytes.subarray(at, at + head)));
}

/** The next place in `[from, limit]` where a frame may end; past the limit where there is none. */
function nextBoundary(bytes: Uint8Array, from: number, limit: number): number {
  for (let at = from; at < limit; at++) {
    const byte = bytes[at];
    if ((byte === 0xff && headerLength(bytes, at) > 0) || ((byte === 0x54 || byte === 0x41 || byte === 0x49) && tagLength(bytes, at) > 0))
      return at;
  }
  return limit === bytes.length && from <= limit ? limit : limit + 1;
}

function nextSync(bytes: Uint8Array, from: number): number {
  for (let at = from; at < bytes.length; at++) if (bytes[at] === 0xff && headerLength(bytes, at) > 0) return at;
  return bytes.length;
}
