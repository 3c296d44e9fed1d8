import { float32At } from "../../../util/elements.js";
import { type FlacInfo, flacFrameSamples } from "../containers/flac_frames.js";
import { quietly } from "../quiet.js";
import { decodedOf, NOTHING, type PacketDecoder } from "./packet_decoder.js";

/** FLAC frames, whatever they stand in. */
export async function flacDecoder({ bits }: FlacInfo): Promise<PacketDecoder> {
  const { FLACDecoder } = await import("@wasm-audio-decoders/flac");
  const decoder = new FLACDecoder();
  await decoder.ready;
  return {
    async decode(packets) {
      const frames = packets.filter((packet) => packet.length > 6);
      if (frames.length === 0) return { ...NOTHING, refused: packets.length };
      // The call decodes before it hands out its promise, so the console is shut for long enough.
      const answer = await quietly(() => decoder.decodeFrames(frames));
      for (const channel of answer.channelData) rescaleFlac(channel, bits);
      const promised = frames.reduce((sum, frame) => sum + flacFrameSamples(frame), 0);
      return decodedOf(answer, answer.samplesDecoded < promised ? Math.max(1, answer.errors.length) : 0);
    },
    free: () => decoder.free(),
  };
}

/**
 * The flac decoder divides n-bit samples by 2^(n−1) − 1. Full scale is 2^(n−1): with that a flac file and the wave file it was made from
 * hold the same numbers.
 *
 * @param samples as decoded; changed in place.
 * @param bits of a sample.
 */
function rescaleFlac(samples: Float32Array, bits: number): void {
  const full = 2 ** (bits - 1);
  for (let n = 0; n < samples.length; n++) samples[n] = Math.round(float32At(samples, n) * (full - 1)) / full;
}
