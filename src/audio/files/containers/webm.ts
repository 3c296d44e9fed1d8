import { AudioError } from "../../../errors.js";
import { byteAt, itemAt } from "../../../util/elements.js";
import { addFault, type FileReport } from "../report.js";
import { type Element, elementAt, floatOf, intOf, readVint, textOf, uintOf } from "./ebml.js";

// Element ids (RFC 9559, 5).
const ID = {
  ebml: 0x1a45dfa3,
  segment: 0x18538067,
  info: 0x1549a966,
  scale: 0x2ad7b1,
  duration: 0x4489,
  tracks: 0x1654ae6b,
  track: 0xae,
  number: 0xd7,
  type: 0x83,
  codec: 0x86,
  codecPrivate: 0x63a2,
  codecDelay: 0x56aa,
  audio: 0xe1,
  rate: 0xb5,
  channels: 0x9f,
  bits: 0x6264,
  encodings: 0x6d80,
  cluster: 0x1f43b675,
  time: 0xe7,
  simpleBlock: 0xa3,
  group: 0xa0,
  block: 0xa1,
  discard: 0x75a2,
} as const;
/** Children of a segment by which its parts of unknown size end. */
const TOP = new Set<number>([ID.cluster, ID.info, ID.tracks, 0x114d9b74, 0x1c53bb6b, 0x1941a469, 0x1043a770, 0x1254c367]);
const SOUND = 2;

/** The track of sound in a Matroska or WebM file. */
export interface WebmTrack {
  readonly number: number;
  readonly codec: string;
  readonly sampleRate: number;
  readonly channels: number;
  readonly bits: number;
  readonly codecPrivate: Uint8Array | null;
  /** Nanoseconds that the decoder takes to start. */
  readonly codecDelay: number;
}

export interface WebmPacket {
  readonly data: Uint8Array;
  /** Nanoseconds to leave out at its end. */
  readonly discard: number;
}

export interface WebmFile {
  readonly track: WebmTrack;
  packets(): Generator<WebmPacket>;
}

/** @throws AudioError where the file holds no track of sound, or one that is encrypted. */
export function webmFile(bytes: Uint8Array, report: FileReport): WebmFile {
  const segment = segmentOf(bytes);
  if (segment === null) throw new AudioError("the webm decoder found no segment in the file: it is cut short");
  if (segment.end !== Number.POSITIVE_INFINITY && segment.end > bytes.length) addFault(report, "it is shorter than it declares");
  const tracks: WebmTrack[] = [];
  let scale = 1e6;
  let duration = 0;
  for (const part of childrenOf(bytes, segment.start, Math.min(segment.end, bytes.length))) {
    if (part.id === ID.tracks) for (const entry of children(bytes, part)) if (entry.id === ID.track) tracks.push(readTrack(bytes, entry));
    if (part.id !== ID.info) continue;
    for (const field of children(bytes, part)) {
      if (field.id === ID.scale) scale = uintOf(bytes, field);
      if (field.id === ID.duration) duration = floatOf(bytes, field);
    }
  }
  const track = tracks.find((found) => found.codec !== "" && found.channels > 0);
  if (track === undefined) throw new AudioError("the webm decoder found no track of sound in the file, or it is cut short before it");
  // The length is that of the longest track, so it speaks of the sound only where nothing else is there.
  if (tracks.length === 1 && duration > 0) report.declaredS = Math.max(0, (duration * scale) / 1e9 - track.codecDelay / 1e9 - ROUNDING_S);
  return { track, packets: () => packetsOf(bytes, segment, track.number, report) };
}

/** Lengths are counted in blocks' time stamps of a millisecond, and from the start of the first or to the end of the last. */
const ROUNDING_S = 0.07;

function segmentOf(bytes: Uint8Array): Element | null {
  for (let at = 0; at < bytes.length; ) {
    const element = elementAt(bytes, at);
    if (element === null) return null;
    if (element.id === ID.segment) return element;
    at = element.end;
  }
  return null;
}

/** Elements in `[from, to)`; one that is cut off or broken ends the walk, an unknown size ends where the next part of a segment begins. */
function* childrenOf(bytes: Uint8Array, from: number, to: number): Generator<Element> {
  for (let at = from; at < to; ) {
    const element = elementAt(bytes, at);
    if (element === null) return;
    const end = element.end === Number.POSITIVE_INFINITY ? unknownEnd(bytes, element.start, to) : element.end;
    yield { ...element, end: Math.min(end, to) };
    at = end;
  }
}

const children = (bytes: Uint8Array, { start, end }: Element): Generator<Element> => childrenOf(bytes, start, Math.min(end, bytes.length));

function unknownEnd(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to) {
    const element = elementAt(bytes, at);
    if (element === null || TOP.has(element.id)) return at;
    at = element.end;
  }
  return to;
}

function readTrack(bytes: Uint8Array, entry: Element): WebmTrack {
  let track: WebmTrack = { number: 0, codec: "", sampleRate: 0, channels: 0, bits: 0, codecPrivate: null, codecDelay: 0 };
  let sound = false;
  for (const field of children(bytes, entry)) {
    if (field.id === ID.number) track = { ...track, number: uintOf(bytes, field) };
    else if (field.id === ID.type) sound = uintOf(bytes, field) === SOUND;
    else if (field.id === ID.codec) track = { ...track, codec: textOf(bytes, field) };
    else if (field.id === ID.codecPrivate) track = { ...track, codecPrivate: bytes.subarray(field.start, field.end) };
    else if (field.id === ID.codecDelay) track = { ...track, codecDelay: uintOf(bytes, field) };
    else if (field.id === ID.encodings) throw new AudioError("the webm file's tracks are compressed or encrypted: convert it with ffmpeg");
    else if (field.id === ID.audio) track = { ...track, sampleRate: 8_000, channels: 1, ...readSound(bytes, field) };
  }
  return sound ? track : { ...track, channels: 0 };
}

function readSound(bytes: Uint8Array, audio: Element): Partial<WebmTrack> {
  let found: Partial<WebmTrack> = {};
  for (const field of children(bytes, audio)) {
    if (field.id === ID.rate) found = { ...found, sampleRate: floatOf(bytes, field) };
    if (field.id === ID.channels) found = { ...found, channels: uintOf(bytes, field) };
    if (field.id === ID.bits) found = { ...found, bits: uintOf(bytes, field) };
  }
  return found;
}

/** Packets of a track, cluster by cluster; where the structure is broken the walk goes on at the next cluster. */
function* packetsOf(bytes: Uint8Array, segment: Element, number: number, report: FileReport): Generator<WebmPacket> {
  const to = Math.min(segment.end, bytes.length);
  for (let at = segment.start; at < to; ) {
    const element = elementAt(bytes, at);
    if (element === null || (!TOP.has(element.id) && element.id !== 0xec && element.id !== 0xbf)) {
      addFault(report, "bytes between its elements are none of an element");
      at = nextCluster(bytes, at + 1);
      continue;
    }
    if (element.id !== ID.cluster) {
      at = element.end;
      continue;
    }
    const next = yield* clusterPackets(bytes, element, to, number, report);
    at = next;
  }
}

/** @returns where the next element after the cluster stands. */
function* clusterPackets(
  bytes: Uint8Array,
  cluster: Element,
  to: number,
  number: number,
  report: FileReport,
): Generator<WebmPacket, number> {
  const known = cluster.end !== Number.POSITIVE_INFINITY;
  const end = Math.min(cluster.end, to);
  let at = cluster.start;
  while (at < end) {
    const element = elementAt(bytes, at);
    if (element !== null && !known && TOP.has(element.id)) return at;
    if (element === null || element.end > end) {
      const cut = end >= bytes.length && (element === null ? bytes.length - at < 12 : true);
      addFault(report, cut ? "it ends within a block" : "a block is damaged");
      return known && cluster.end <= to && !cut ? cluster.end : nextCluster(bytes, at + 1);
    }
    if (element.id === ID.simpleBlock) yield* blockPackets(bytes, element, number, 0, report);
    else if (element.id === ID.group) yield* groupPackets(bytes, element, number, report);
    at = element.end;
  }
  return known ? Math.min(cluster.end, bytes.length) : at;
}

function* groupPackets(bytes: Uint8Array, group: Element, number: number, report: FileReport): Generator<WebmPacket> {
  let block: Element | null = null;
  let discard = 0;
  for (const field of children(bytes, group)) {
    if (field.id === ID.block) block = field;
    if (field.id === ID.discard) discard = Math.max(0, intOf(bytes, field));
  }
  if (block !== null) yield* blockPackets(bytes, block, number, discard, report);
}

/** Frames of a block, laced as RFC 9559, 10.3 has it. */
function* blockPackets(bytes: Uint8Array, block: Element, number: number, discard: number, report: FileReport): Generator<WebmPacket> {
  const track = readVint(bytes, block.start, false);
  if (track === null || track.value !== number) return;
  const at = block.start + track.length + 3;
  const sizes = lacedSizes(bytes, at, block.end, (byteAt(bytes, at - 1) >> 1) & 3);
  if (sizes === null || at > block.end) {
    addFault(report, "a block is damaged");
    return;
  }
  let start = sizes.at;
  for (const [i, size] of sizes.sizes.entries()) {
    yield { data: bytes.subarray(start, start + size), discard: i === sizes.sizes.length - 1 ? discard : 0 };
    start += size;
  }
}

/** null where the sizes do not fit the block. */
function lacedSizes(
  bytes: Uint8Array,
  from: number,
  end: number,
  lacing: number,
): { readonly at: number; readonly sizes: number[] } | null {
  if (lacing === 0) return { at: from, sizes: [end - from] };
  const frames = byteAt(bytes, from) + 1;
  let at = from + 1;
  const sizes: number[] = [];
  for (let i = 0; i < frames - 1; i++) {
    if (lacing === 2) sizes.push(Math.floor((end - from - 1) / frames));
    else if (lacing === 1) {
      let size = 0;
      while (bytes[at] === 255 && at < end) {
        size += 255;
        at++;
      }
      sizes.push(size + (bytes[at++] ?? 0));
    } else {
      const coded = readVint(bytes, at, false);
      if (coded === null) return null;
      at += coded.length;
      // Every size but the first is the difference to the one before.
      sizes.push(i === 0 ? coded.value : itemAt(sizes, i - 1) + coded.value - (2 ** (7 * coded.length - 1) - 1));
    }
  }
  const last = end - at - sizes.reduce((sum, size) => sum + size, 0);
  if (last < 0 || sizes.some((size) => size < 0)) return null;
  return { at, sizes: [...sizes, last] };
}

function nextCluster(bytes: Uint8Array, from: number): number {
  const at = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(Buffer.of(0x1f, 0x43, 0xb6, 0x75), from);
  return at < 0 ? bytes.length : at;
}
