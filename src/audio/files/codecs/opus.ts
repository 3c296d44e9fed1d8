import { AudioError } from "../../../errors.js";
import { byteAt, itemAt } from "../../../util/elements.js";
import { viewOf } from "../bytes.js";
import { decodedOf, type PacketDecoder } from "./packet_decoder.js";

/** Of Vorbis' order of channels, the places in that of wave files (RFC 7845, 5.1.1.2): L R C LFE and so on. */
const ORDER: Readonly<Record<number, readonly number[]>> = {
  3: [0, 2, 1],
  5: [0, 2, 1, 3, 4],
  6: [0, 2, 1, 5, 3, 4],
  7: [0, 2, 1, 6, 5, 3, 4],
  8: [0, 2, 1, 7, 5, 6, 3, 4],
};

export interface OpusSetup {
  readonly channels: number;
  readonly preSkip: number;
  /** Q7.8 dB. */
  readonly gain: number;
  readonly family: number;
  readonly streams: number;
  readonly coupled: number;
  readonly mapping: readonly number[];
}

/** @param head the fields of an identification header (RFC 7845, 5.1), from its channel count on. */
export function opusSetup(head: Uint8Array, bigEndian: boolean): OpusSetup {
  if (head.length < 10) throw new AudioError("the opus track's header is cut short");
  const view = viewOf(head);
  const channels = byteAt(head, 0);
  const family = byteAt(head, 9);
  return {
    channels,
    preSkip: view.getUint16(1, !bigEndian),
    gain: view.getInt16(7, !bigEndian),
    family,
    streams: family > 0 ? (head[10] ?? 1) : 1,
    coupled: family > 0 ? (head[11] ?? 0) : channels > 1 ? 1 : 0,
    mapping: family > 0 ? [...head.subarray(12, 12 + channels)] : channels === 1 ? [0] : [0, 1],
  };
}

/** @param reorder whether surround channels are put into the order of wave files. */
export async function opusDecoder(setup: OpusSetup, reorder: boolean): Promise<PacketDecoder> {
  const { createOpusDecoder } = await import("@audio/decode-opus/core");
  const order = reorder && setup.family === 1 ? ORDER[setup.channels] : undefined;
  const decoder = await createOpusDecoder();
  decoder.configure({
    channels: setup.channels,
    sampleRate: 48_000,
    preSkip: setup.preSkip,
    outputGain: setup.gain,
    streamCount: setup.streams,
    coupledStreamCount: setup.coupled,
    channelMappingTable: order === undefined ? [...setup.mapping] : order.map((c) => itemAt(setup.mapping, c)),
  });
  return {
    decode(packets) {
      const answer = decoder.decodeFrames([...packets]);
      return decodedOf(answer, answer.errors.length);
    },
    free: () => decoder.free(),
  };
}
