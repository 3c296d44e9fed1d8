import type { Decoded, PacketDecoder } from "../codecs/packet_decoder.js";
import type { DecodeLimits } from "../limits.js";
import type { FileReport } from "../report.js";

/** An opened file: its sound in order, decoded as it is asked for. */
export interface Source {
  readonly parts: AsyncIterable<Decoded> | Iterable<Decoded>;
  /** The decoder makes two equal channels of one. */
  readonly upmixes: boolean;
}

/** Opens one kind of file. What is odd about it goes into the report, up to the end of the last part. */
export type OpenSource = (bytes: Uint8Array, report: FileReport, limits: DecodeLimits) => Source | Promise<Source>;

/** Coded frames that are decoded in one go: enough to be quick, few enough that a bomb is noticed in time. */
const BATCH = 32;

/** The frames of a track through its decoder, which is closed at the end. */
export function packetSource(decoder: PacketDecoder, packets: Iterable<Uint8Array>): Source {
  return { parts: decodeAll(decoder, batches(packets)), upmixes: decoder.upmixes ?? false };
}

export async function* decodeAll(decoder: PacketDecoder, groups: Iterable<readonly Uint8Array[]>): AsyncGenerator<Decoded> {
  try {
    for (const group of groups) yield await decoder.decode(group);
    if (decoder.flush !== undefined) yield decoder.flush();
  } finally {
    decoder.free();
  }
}

function* batches(packets: Iterable<Uint8Array>): Generator<readonly Uint8Array[]> {
  let batch: Uint8Array[] = [];
  for (const packet of packets) {
    batch.push(packet);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** What a chunk can expand to stays in the low tens of megabytes. */
const CHUNK_BYTES = 4_096;

/** A stream whose decoder finds the frames itself. */
export function streamSource(decoder: PacketDecoder, bytes: Uint8Array): Source {
  return { parts: decodeAll(decoder, chunks(bytes)), upmixes: decoder.upmixes ?? false };
}

function* chunks(bytes: Uint8Array): Generator<readonly Uint8Array[]> {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield [bytes.slice(at, at + CHUNK_BYTES)];
}
