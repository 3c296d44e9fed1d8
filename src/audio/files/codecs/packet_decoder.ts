import type { Pcm } from "../pcm.js";

/** What came of some coded frames. */
export interface Decoded extends Pcm {
  /** Frames that gave nothing. */
  readonly refused: number;
}

/** Decodes the frames of one track in order; it knows nothing of the file that they stand in. */
export interface PacketDecoder {
  decode(packets: readonly Uint8Array[]): Decoded | Promise<Decoded>;
  /** What is left at the end. */
  flush?(): Decoded;
  free(): void;
  /** One channel comes out as two equal ones. */
  readonly upmixes?: boolean;
}

export const NOTHING: Decoded = { channelData: [], sampleRate: 0, refused: 0 };

/** A part of a decoder's answer; `samplesDecoded` bounds what is valid in it. */
export function decodedOf(
  answer: { readonly channelData: readonly Float32Array[]; readonly sampleRate: number; readonly samplesDecoded?: number },
  refused = 0,
): Decoded {
  const { channelData, sampleRate, samplesDecoded } = answer;
  const length = channelData[0]?.length ?? 0;
  if (length === 0 || samplesDecoded === 0) return { ...NOTHING, refused };
  const valid =
    samplesDecoded !== undefined && samplesDecoded < length
      ? channelData.map((channel) => channel.subarray(0, samplesDecoded))
      : channelData;
  return { channelData: valid, sampleRate, refused };
}
