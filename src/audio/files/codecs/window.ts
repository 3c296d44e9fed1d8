import type { Decoded, PacketDecoder } from "./packet_decoder.js";

/** The part of a track that is to be heard. */
export interface Window {
  readonly startS: number;
  /** Null = to the end. */
  readonly durationS: number | null;
}

/** Leaves out what encoders put before and after the sound. */
export function windowed(decoder: PacketDecoder, window: Window | null): PacketDecoder {
  if (window === null) return decoder;
  let skip: number | null = null;
  let left = Number.POSITIVE_INFINITY;
  const cut = (part: Decoded): Decoded => {
    const length = part.channelData[0]?.length ?? 0;
    if (length === 0) return part;
    if (skip === null) {
      skip = Math.round(window.startS * part.sampleRate);
      if (window.durationS !== null) left = Math.round(window.durationS * part.sampleRate);
    }
    const from = Math.min(length, skip);
    const to = Math.min(length, from + left);
    skip -= from;
    left -= to - from;
    return { ...part, channelData: part.channelData.map((channel) => channel.subarray(from, to)) };
  };
  const { flush } = decoder;
  return {
    decode: async (packets) => cut(await decoder.decode(packets)),
    ...(flush === undefined ? {} : { flush: () => cut(flush()) }),
    free: () => decoder.free(),
    upmixes: decoder.upmixes ?? false,
  };
}
