import { viewOf } from "../bytes.js";
import { addFault, type FileReport } from "../report.js";
import { type Box, boxAt, boxesOf } from "./mp4_boxes.js";

/** Stretch of the file that holds coded sound. */
export interface Packet {
  readonly at: number;
  readonly size: number;
}

/** Entries that are really there of those that a table declares, of `bytes` each from `at` on: a count may lie. */
function entries(view: DataView, { end }: Box, countAt: number, at: number, bytes: number): number {
  return countAt + 4 > end ? 0 : Math.min(view.getUint32(countAt), Math.floor((end - at) / bytes));
}

/**
 * Packets of a track by its sample tables (ISO/IEC 14496-12, 8.6 and 8.7), one at a time: a table of a few bytes may declare billions.
 * Those that do not lie in the file are faults.
 *
 * @param whole chunks are given as one packet (sound without frames: PCM).
 */
export function* tablePackets(bytes: Uint8Array, stbl: Box, whole: boolean, report: FileReport): Generator<Packet> {
  const view = viewOf(bytes);
  const sizes = boxAt(bytes, stbl, "stsz");
  const offsets = boxAt(bytes, stbl, "stco") ?? boxAt(bytes, stbl, "co64");
  const runs = boxAt(bytes, stbl, "stsc");
  if (sizes === null || offsets === null || sizes.end - sizes.start < 12) return;
  const wide = offsets.type === "co64" ? 8 : 4;
  const same = view.getUint32(sizes.start + 4);
  const count = same > 0 ? view.getUint32(sizes.start + 8) : entries(view, sizes, sizes.start + 8, sizes.start + 12, 4);
  const chunks = entries(view, offsets, offsets.start + 4, offsets.start + 8, wide);
  const sizeOf = (sample: number): number => (same > 0 ? same : view.getUint32(sizes.start + 12 + 4 * sample));
  const perChunk = chunkSizes(view, runs);
  let sample = 0;
  let outside = count - (same > 0 ? count : view.getUint32(sizes.start + 8)) < 0 ? 1 : 0;
  for (let chunk = 0; chunk < chunks && sample < count; chunk++) {
    let at = offsetAt(view, offsets.start + 8 + wide * chunk, wide);
    const until = chunk === chunks - 1 && runs === null ? count : Math.min(count, sample + perChunk(chunk));
    if (whole && same > 0) {
      const size = Math.max(0, Math.min((until - sample) * same, bytes.length - at));
      if (size < (until - sample) * same) outside++;
      if (size > 0) yield { at, size };
      sample = until;
      continue;
    }
    for (; sample < until; sample++) {
      const size = sizeOf(sample);
      if (at + size > bytes.length) {
        // All that follows in this chunk lies outside as well.
        outside += until - sample;
        sample = until;
        break;
      }
      yield { at, size };
      at += size;
    }
  }
  outside += Math.max(0, count - sample);
  if (outside > 0) addFault(report, "coded frames lie outside the file", outside);
}

function offsetAt(view: DataView, at: number, wide: number): number {
  return wide === 8 ? Number(view.getBigUint64(at)) : view.getUint32(at);
}

/** Samples of each chunk, asked in order: runs of chunks with equally many. */
function chunkSizes(view: DataView, runs: Box | null): (chunk: number) => number {
  const count = runs === null ? 0 : entries(view, runs, runs.start + 4, runs.start + 8, 12);
  let run = 0;
  const firstOf = (index: number): number => view.getUint32((runs as Box).start + 8 + 12 * index);
  return (chunk) => {
    if (runs === null || count === 0) return 1;
    while (run + 1 < count && firstOf(run + 1) <= chunk + 1) run++;
    return view.getUint32(runs.start + 12 + 12 * run);
  };
}

/** Packets of a fragmented file, whose tables stand before each stretch of sound (8.8). */
export function* fragmentPackets(bytes: Uint8Array, track: number, defaultSize: number, report: FileReport): Generator<Packet> {
  for (const moof of boxesOf(bytes, 0, bytes.length, null)) {
    if (moof.type !== "moof") continue;
    // Offsets are counted from the moof's own first byte.
    const base = moof.start - 8;
    for (const traf of boxesOf(bytes, moof.start, moof.end, null)) {
      if (traf.type === "traf") yield* trafPackets(bytes, traf, { track, defaultSize, base }, report);
    }
  }
}

interface FragmentOf {
  readonly track: number;
  readonly defaultSize: number;
  readonly base: number;
}

function* trafPackets(bytes: Uint8Array, traf: Box, of: FragmentOf, report: FileReport): Generator<Packet> {
  const view = viewOf(bytes);
  const head = boxAt(bytes, traf, "tfhd");
  if (head === null || head.end - head.start < 8 || view.getUint32(head.start + 4) !== of.track) return;
  const flags = view.getUint32(head.start) & 0xffffff;
  let at = head.start + 8;
  const has = (flag: number, size: number): boolean => (flags & flag) !== 0 && at + size <= head.end;
  let base = of.base;
  if (has(0x01, 8)) base = Number(view.getBigUint64(at));
  at += (flags & 0x01 ? 8 : 0) + (flags & 0x02 ? 4 : 0) + (flags & 0x08 ? 4 : 0);
  const usual = has(0x10, 4) ? view.getUint32(at) : of.defaultSize;
  let next = base;
  for (const run of boxesOf(bytes, traf.start, traf.end, null)) {
    if (run.type !== "trun" || run.end - run.start < 8) continue;
    for (const packet of runPackets(view, run, { base, next, usual })) {
      next = packet.at + packet.size;
      if (next > bytes.length) addFault(report, "coded frames lie outside the file");
      else yield packet;
    }
  }
}

function* runPackets(view: DataView, run: Box, from: { base: number; next: number; usual: number }): Generator<Packet> {
  const flags = view.getUint32(run.start) & 0xffffff;
  const fields = [0x100, 0x200, 0x400, 0x800].filter((flag) => (flags & flag) !== 0).length;
  let at = run.start + 8;
  let offset = from.next;
  if (flags & 0x01 && at + 4 <= run.end) offset = from.base + view.getInt32(at);
  at += (flags & 0x01 ? 4 : 0) + (flags & 0x04 ? 4 : 0);
  // Without fields of their own the count alone would say how many there are; what lies outside the file ends it below.
  const count = fields > 0 ? entries(view, run, run.start + 4, at, 4 * fields) : view.getUint32(run.start + 4);
  const sizeAt = flags & 0x100 ? 4 : 0;
  for (let i = 0; i < count; i++, at += 4 * fields) {
    const size = flags & 0x200 ? view.getUint32(at + sizeAt) : from.usual;
    yield { at: offset, size };
    offset += size;
    if (size === 0 || offset > view.byteLength) return;
  }
}
