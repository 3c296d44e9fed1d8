import { byteAt } from "../../../util/elements.js";
import { ascii, concatBytes, findAscii, viewOf } from "../bytes.js";
import { oggCrc } from "../crc.js";
import { addFault, type FileReport } from "../report.js";

/** A page of an Ogg file (RFC 3533) whose checksum holds. */
export interface OggPage {
  /** Of its first byte in the file. */
  readonly at: number;
  readonly serial: number;
  readonly sequence: number;
  /** Position at the end of the last packet that ends here, in the codec's units; −1 where none ends here. */
  readonly granule: number;
  readonly continued: boolean;
  readonly first: boolean;
  readonly last: boolean;
  readonly lacing: Uint8Array;
  readonly body: Uint8Array;
}

const HEADER = 27;

/** The pages of a file in order; what stands between them, and pages that fail their checksum, are faults. */
export function* oggPages(bytes: Uint8Array, report: FileReport): Generator<OggPage> {
  const view = viewOf(bytes);
  for (let at = 0; at < bytes.length; ) {
    const size = ascii(bytes, at, 4) === "OggS" ? pageSize(bytes, at) : 0;
    if (size === null || at + size > bytes.length) {
      addFault(report, "it ends within a page");
      // Where the length itself is damaged, more pages may follow.
      at = nextPage(bytes, at + 4);
    } else if (size === 0) {
      addFault(report, "bytes between its pages are none of a page");
      at = nextPage(bytes, at + 1);
    } else if (view.getUint32(at + 22, true) !== oggCrc(bytes, at, at + size, at + 22)) {
      addFault(report, "a page fails its checksum");
      at = nextPage(bytes, at + 4);
    } else {
      yield pageAt(bytes, view, at, size);
      at += size;
    }
  }
}

/** null where the header itself is cut off. */
function pageSize(bytes: Uint8Array, at: number): number | null {
  const segments = bytes[at + 26];
  if (segments === undefined || at + HEADER + segments > bytes.length) return null;
  let size = HEADER + segments;
  for (let i = 0; i < segments; i++) size += byteAt(bytes, at + HEADER + i);
  return size;
}

function nextPage(bytes: Uint8Array, from: number): number {
  const at = findAscii(bytes, "OggS", from);
  return at < 0 ? bytes.length : at;
}

function pageAt(bytes: Uint8Array, view: DataView, at: number, size: number): OggPage {
  const flags = byteAt(bytes, at + 5);
  const segments = byteAt(bytes, at + 26);
  return {
    at,
    serial: view.getUint32(at + 14, true),
    sequence: view.getUint32(at + 18, true),
    granule: Number(view.getBigInt64(at + 6, true)),
    continued: (flags & 1) !== 0,
    first: (flags & 2) !== 0,
    last: (flags & 4) !== 0,
    lacing: bytes.subarray(at + HEADER, at + HEADER + segments),
    body: bytes.subarray(at + HEADER + segments, at + size),
  };
}

/** Cuts the pages of one stream into packets. */
export class PacketCutter {
  #begun: Uint8Array[] = [];

  /** @returns the packets that end on the page. */
  packetsOf({ lacing, body, continued }: OggPage): readonly Uint8Array[] {
    const packets: Uint8Array[] = [];
    if (!continued) this.#begun = [];
    // Of a packet whose beginning is lost, the rest is no packet.
    let orphan = continued && this.#begun.length === 0;
    let start = 0;
    let end = 0;
    for (const length of lacing) {
      end += length;
      if (length === 255) continue;
      const part = body.subarray(start, end);
      if (!orphan) packets.push(concatBytes([...this.#begun, part]));
      orphan = false;
      this.#begun = [];
      start = end;
    }
    if (end > start && !orphan) this.#begun.push(body.subarray(start, end));
    return packets;
  }
}

/** One page that holds whole packets (at most 255 segments of them). @param flags 2 = first of its stream. */
export function oggPage(packets: readonly Uint8Array[], serial: number, sequence: number, flags: number): Uint8Array {
  const lacing = packets.flatMap(({ length }) => [...new Array<number>(Math.floor(length / 255)).fill(255), length % 255]);
  const page = new Uint8Array(HEADER + lacing.length + packets.reduce((sum, { length }) => sum + length, 0));
  const view = viewOf(page);
  page.set([0x4f, 0x67, 0x67, 0x53, 0, flags]);
  // No position: nothing is to be trimmed.
  view.setBigInt64(6, -1n, true);
  view.setUint32(14, serial, true);
  view.setUint32(18, sequence, true);
  page[26] = lacing.length;
  page.set(lacing, HEADER);
  let at = HEADER + lacing.length;
  for (const packet of packets) {
    page.set(packet, at);
    at += packet.length;
  }
  view.setUint32(22, oggCrc(page, 0, page.length, 22), true);
  return page;
}
