/** Samples that one AAC frame gives; Apple Lossless frames have up to 4,096. */
const AAC_FRAME = 1024;
const ALAC_FRAME = 4096;
const MAX_RATE = 96_000;
const CONTAINERS = new Set(["moov", "trak", "mdia", "minf", "stbl"]);

interface Box {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Seconds that an MP4 file's sample tables promise at most, from the number of coded frames and not from its declared duration, which
 * may lie. The index may stand at the end of the file, where a decoder gives everything at once: so this is asked before decoding.
 */
export function mp4Seconds(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let timescale = 0;
  let perFrame = AAC_FRAME;
  let sound = false;
  let longest = 0;
  for (const { type, start, end } of boxes(view, 0, bytes.length)) {
    if (type === "mdhd" && end - start >= 28) timescale = view.getUint32(start + (view.getUint8(start) === 1 ? 20 : 12));
    if (type === "hdlr" && end - start >= 12) sound = view.getUint32(start + 8) === 0x736f756e;
    if (type === "stsd" && end - start >= 16) perFrame = view.getUint32(start + 12) === 0x616c6163 ? ALAC_FRAME : AAC_FRAME;
    if (!sound || type !== "stsz" || end - start < 12) continue;
    const rate = Math.min(MAX_RATE, Math.max(8_000, timescale));
    longest = Math.max(longest, (view.getUint32(start + 8) * perFrame) / rate);
  }
  return longest;
}

/** Leaf boxes in file order, containers entered. */
function* boxes(view: DataView, from: number, to: number): Generator<Box> {
  let at = from;
  while (at + 8 <= to) {
    const declared = view.getUint32(at);
    const long = declared === 1 && at + 16 <= to;
    const size = declared === 0 ? to - at : long ? Number(view.getBigUint64(at + 8)) : declared;
    const header = long ? 16 : 8;
    if (size < header) return;
    const type = Buffer.from(view.buffer, view.byteOffset + at + 4, 4).toString("latin1");
    const end = Math.min(to, at + size);
    if (CONTAINERS.has(type)) yield* boxes(view, at + header, end);
    else yield { type, start: at + header, end };
    at += size;
  }
}
