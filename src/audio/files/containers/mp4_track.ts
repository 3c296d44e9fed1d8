import { AudioError } from "../../../errors.js";
import { byteAt } from "../../../util/elements.js";
import { ascii, viewOf } from "../bytes.js";
import type { FileReport } from "../report.js";
import { type Box, boxAt, boxesOf } from "./mp4_boxes.js";
import { fragmentPackets, type Packet, tablePackets } from "./mp4_tables.js";

/** The first track of sound in an MP4, QuickTime or 3GP file. */
export interface Mp4Track {
  /** Sample entry type: `mp4a`, `alac`, `Opus`, `sowt` … */
  readonly codec: string;
  /** MPEG-4 object type of `mp4a` (0x40 AAC, 0x6B mp3 …); 0 where it has none. */
  readonly objectType: number;
  readonly channels: number;
  readonly sampleRate: number;
  readonly bits: number;
  /** Of `lpcm`: 1 float, 2 big-endian, 4 signed. */
  readonly pcmFlags: number;
  /** Bodies of boxes by type: of the sample entry (`esds`, `alac`, `dfLa`, `dOps`, `pcmC`, `enda`) and of the track (`elst`, `mdhd`, `stts` …). */
  readonly boxes: ReadonlyMap<string, Uint8Array>;
  /** Seconds that its table of durations declares for all packets, before edits; null in fragmented files. */
  readonly mediaS: number | null;
  packets(whole: boolean): Generator<Packet>;
}

/** @throws AudioError where the file holds no track of sound. */
export function mp4Track(bytes: Uint8Array, report: FileReport): Mp4Track {
  let moov: Box | null = null;
  for (const box of boxesOf(bytes, 0, bytes.length, report)) if (box.type === "moov" && moov === null) moov = box;
  if (moov === null)
    throw new AudioError("the m4a decoder found no index (moov box) in the file: it is cut short, or its recording was never finished");
  for (const trak of boxesOf(bytes, moov.start, moov.end, report)) {
    const handler = trak.type === "trak" ? boxAt(bytes, trak, "mdia/hdlr") : null;
    if (handler !== null && ascii(bytes, handler.start + 8, 4) === "soun") return trackOf(bytes, moov, trak, report);
  }
  throw new AudioError("the m4a decoder found no track of sound in the file");
}

function trackOf(bytes: Uint8Array, moov: Box, trak: Box, report: FileReport): Mp4Track {
  const stbl = boxAt(bytes, trak, "mdia/minf/stbl");
  const stsd = stbl === null ? null : boxAt(bytes, stbl, "stsd");
  const entry = stsd === null ? null : readEntry(bytes, stsd);
  if (stbl === null || entry === null) throw new AudioError("the mp4 file's track of sound does not say how it is coded");
  const boxes = new Map(entry.boxes);
  const add = (within: Box, path: string): void => {
    const box = boxAt(bytes, within, path);
    if (box !== null) boxes.set(box.type, bytes.subarray(box.start, box.end));
  };
  add(moov, "mvhd");
  add(moov, "udta/meta/ilst");
  add(trak, "edts/elst");
  add(trak, "mdia/mdhd");
  add(stbl, "stts");
  const meta = boxAt(bytes, moov, "udta/meta");
  // `meta` has four bytes before its boxes.
  if (meta !== null) add({ ...meta, start: meta.start + 4 }, "ilst");
  const timescale = timescaleOf(boxes.get("mdhd"));
  const fragmented = boxAt(bytes, moov, "mvex") !== null && sampleCount(bytes, stbl) === 0;
  const { id, size } = fragmentDefaults(bytes, moov, trak);
  return {
    ...entry,
    sampleRate: entry.sampleRate || timescale,
    boxes,
    mediaS: fragmented || timescale === 0 ? null : ticksOf(boxes.get("stts")) / timescale,
    packets: (whole) => (fragmented ? fragmentPackets(bytes, id, size, report) : tablePackets(bytes, stbl, whole, report)),
  };
}

type Entry = Pick<Mp4Track, "codec" | "objectType" | "channels" | "sampleRate" | "bits" | "pcmFlags"> & {
  readonly boxes: ReadonlyMap<string, Uint8Array>;
};

/** The first sample entry: 36 bytes, 52 in QuickTime's version 1, and in version 2 as many as it says. */
function readEntry(bytes: Uint8Array, stsd: Box): Entry | null {
  const at = stsd.start + 8;
  if (at + 36 > stsd.end) return null;
  const view = viewOf(bytes);
  const end = Math.min(stsd.end, at + view.getUint32(at));
  const version = view.getUint16(at + 16);
  const second = version === 2 && at + 72 <= end;
  const boxes = new Map<string, Uint8Array>();
  const head = second ? view.getUint32(at + 36) || 72 : version === 1 ? 52 : 36;
  collect(bytes, at + head, end, boxes);
  const esds = boxes.get("esds");
  return {
    codec: ascii(bytes, at + 4, 4),
    objectType: esds === undefined ? 0 : readEsds(esds).objectType,
    channels: second ? view.getUint32(at + 48) : view.getUint16(at + 24),
    bits: second ? view.getUint32(at + 56) : view.getUint16(at + 26),
    sampleRate: second ? view.getFloat64(at + 40) : view.getUint16(at + 32),
    pcmFlags: second ? view.getUint32(at + 60) : 0,
    boxes,
  };
}

/** Boxes of a sample entry; QuickTime puts them into one more, `wave`. */
function collect(bytes: Uint8Array, from: number, to: number, into: Map<string, Uint8Array>): void {
  for (const box of boxesOf(bytes, from, to, null)) {
    if (box.type === "wave") for (const inner of boxesOf(bytes, box.start, box.end, null)) keep(bytes, inner, into);
    else keep(bytes, box, into);
  }
}

function keep(bytes: Uint8Array, { type, start, end }: Box, into: Map<string, Uint8Array>): void {
  if (!into.has(type)) into.set(type, bytes.subarray(start, end));
}

/** Object type and decoder configuration of an elementary stream descriptor (ISO/IEC 14496-1, 7.2.6). */
export function readEsds(body: Uint8Array): { readonly objectType: number; readonly config: Uint8Array | null } {
  let objectType = 0;
  let at = 4;
  while (at + 2 <= body.length) {
    const tag = body[at++];
    let length = 0;
    for (let more = true; more && at < body.length; at++) {
      length = (length << 7) | (byteAt(body, at) & 0x7f);
      more = byteAt(body, at) >= 0x80;
    }
    if (tag === 3) at += 3;
    else if (tag === 4) {
      objectType = body[at] ?? 0;
      at += 13;
    } else if (tag === 5) return { objectType, config: body.subarray(at, at + length) };
    else at += Math.max(1, length);
  }
  return { objectType, config: null };
}

export function timescaleOf(header: Uint8Array | undefined): number {
  const at = header?.[0] === 1 ? 20 : 12;
  return header === undefined || header.length < at + 4 ? 0 : viewOf(header).getUint32(at);
}

function ticksOf(stts: Uint8Array | undefined): number {
  if (stts === undefined || stts.length < 8) return 0;
  const view = viewOf(stts);
  const count = Math.min(view.getUint32(4), Math.floor((stts.length - 8) / 8));
  let ticks = 0;
  for (let i = 0; i < count; i++) ticks += view.getUint32(8 + 8 * i) * view.getUint32(12 + 8 * i);
  return ticks;
}

function sampleCount(bytes: Uint8Array, stbl: Box): number {
  const stsz = boxAt(bytes, stbl, "stsz");
  return stsz === null || stsz.end - stsz.start < 12 ? 0 : viewOf(bytes).getUint32(stsz.start + 8);
}

/** The track's id, and the size of packets that fragments leave out. */
function fragmentDefaults(bytes: Uint8Array, moov: Box, trak: Box): { readonly id: number; readonly size: number } {
  const view = viewOf(bytes);
  const tkhd = boxAt(bytes, trak, "tkhd");
  const idAt = tkhd === null ? 0 : tkhd.start + (bytes[tkhd.start] === 1 ? 20 : 12);
  const id = tkhd === null || idAt + 4 > tkhd.end ? 0 : view.getUint32(idAt);
  const mvex = boxAt(bytes, moov, "mvex");
  for (const trex of mvex === null ? [] : boxesOf(bytes, mvex.start, mvex.end, null)) {
    if (trex.type === "trex" && trex.end - trex.start >= 20 && view.getUint32(trex.start + 4) === id)
      return { id, size: view.getUint32(trex.start + 16) };
  }
  return { id, size: 0 };
}
