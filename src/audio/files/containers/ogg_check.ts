import { ascii, viewOf } from "../bytes.js";
import { addFault, type FileReport } from "../report.js";
import { type OggPage, oggPages, PacketCutter } from "./ogg.js";
import { opusSamples } from "./opus_packet.js";

export type OggCodec = "vorbis" | "opus" | "flac";

/** One logical stream of a file; a chained file has several, one after the other. */
interface Stream {
  readonly serial: number;
  readonly rate: number;
  /** Samples that the decoder leaves out at the start. */
  readonly preSkip: number;
  readonly cutter: PacketCutter;
  sequence: number;
  /** Position before the first sound; null until known. */
  begin: number | null;
  end: number;
  /** Samples of the packets seen, where their lengths can be read (opus). */
  coded: number;
  headers: number;
  ended: boolean;
}

/** Packets before the first that holds sound. FLAC tells its own number. */
const HEADERS = { vorbis: 3, opus: 2 } as const;
/** Sampling rate by the first packet: FLAC's STREAMINFO begins at byte 17 of it, and the rate 10 bytes on. */
const RATES: Readonly<Record<OggCodec, (view: DataView, has: (bytes: number) => boolean) => number>> = {
  opus: () => 48_000,
  vorbis: (view, has) => (has(16) ? view.getUint32(12, true) : 0),
  flac: (view, has) => (has(31) ? view.getUint32(27) >>> 12 : 0),
};

/**
 * Walks the whole file: checksums, missing pages, the mark of the end, and how much sound the positions declare.
 *
 * @param codec of the stream to be heard; other streams (pictures) are passed over. Null = the first, whatever it is: its length is not known.
 */
export function checkOgg(bytes: Uint8Array, codec: OggCodec | null, report: FileReport): void {
  let declared = 0;
  let stream: Stream | null = null;
  const finish = (done: Stream | null): void => {
    if (done === null) return;
    if (!done.ended) addFault(report, "its last page is not marked as the end: the file may be cut short");
    declared += secondsOf(done);
  };
  for (const page of oggPages(bytes, report)) {
    if (page.first) {
      if (codec === null ? stream !== null && !stream.ended : codecOf(page.body) !== codec) continue;
      finish(stream);
      stream = open(page, codec);
    } else if (stream === null || page.serial !== stream.serial) continue;
    follow(stream, page, codec, report);
  }
  finish(stream);
  if (declared > 0) report.declaredS = declared;
}

export function codecOf(head: Uint8Array): OggCodec | null {
  if (ascii(head, 0, 8) === "OpusHead") return "opus";
  if (ascii(head, 1, 6) === "vorbis") return "vorbis";
  return ascii(head, 1, 4) === "FLAC" ? "flac" : null;
}

function open({ serial, sequence, body }: OggPage, codec: OggCodec | null): Stream {
  const view = viewOf(body);
  const has = (bytes: number): boolean => body.length >= bytes;
  const preSkip = codec === "opus" && has(12) ? view.getUint16(10, true) : 0;
  const rate = codec === null ? 0 : RATES[codec](view, has);
  const headers = codec === "flac" ? (has(9) ? 1 + view.getUint16(7) : 1) : codec === null ? 0 : HEADERS[codec];
  const cutter = new PacketCutter();
  return { serial, rate, preSkip, cutter, sequence: sequence - 1, begin: null, end: 0, coded: 0, headers, ended: false };
}

function follow(stream: Stream, page: OggPage, codec: OggCodec | null, report: FileReport): void {
  const missing = page.sequence - stream.sequence - 1;
  // A sequence that runs backwards was numbered wrongly by whoever cut the file; nothing is missing by it.
  if (missing > 0) addFault(report, "pages are missing", missing);
  stream.sequence = page.sequence;
  stream.ended ||= page.last;
  let samples = 0;
  for (const packet of stream.cutter.packetsOf(page)) {
    if (stream.headers > 0) stream.headers--;
    else if (codec === "opus") samples += opusSamples(packet);
  }
  stream.coded += samples;
  if (page.granule < 0 || stream.headers > 0 || page.granule === 0) return;
  // Vorbis packets do not tell their lengths: from its first page only the positions that follow are sure.
  stream.begin ??= codec === "opus" ? Math.max(0, page.granule - samples) : page.granule;
  stream.end = Math.max(stream.end, page.granule);
}

/** At least so long is what the positions declare. */
function secondsOf({ begin, end, rate, preSkip }: Stream): number {
  if (begin === null || rate === 0) return 0;
  return Math.max(0, end - begin - preSkip) / rate;
}
