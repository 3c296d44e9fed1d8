import { concatBytes, viewOf } from "../bytes.js";
import { readInterleaved, type SampleFormat, sampleReader } from "../pcm.js";
import { type Decoded, NOTHING, type PacketDecoder } from "./packet_decoder.js";

/** null where the numbers make no sense. */
export function pcmDecoder(format: SampleFormat, channels: number, sampleRate: number): PacketDecoder | null {
  const reader = sampleReader(format);
  if (reader === null || channels < 1 || sampleRate < 1) return null;
  const frame = channels * format.bytes;
  let rest: Uint8Array = new Uint8Array(0);
  return {
    decode(packets) {
      const bytes = concatBytes([rest, ...packets].filter(({ length }) => length > 0));
      const whole = bytes.length - (bytes.length % frame);
      rest = bytes.slice(whole);
      const layout = { start: 0, end: whole, channels, sampleRate, stride: format.bytes, reader };
      return joined(
        [...readInterleaved(viewOf(bytes), layout)].map(({ channelData }) => channelData),
        sampleRate,
      );
    },
    free: () => undefined,
  };
}

function joined(blocks: readonly (readonly (Float32Array | Float64Array)[])[], sampleRate: number): Decoded {
  const [first] = blocks;
  if (first === undefined) return NOTHING;
  if (blocks.length === 1) return { channelData: first, sampleRate, refused: 0 };
  const length = blocks.reduce((sum, block) => sum + (block[0]?.length ?? 0), 0);
  const channelData = first.map((_, c) => {
    const whole = new Float64Array(length);
    let at = 0;
    for (const block of blocks) {
      const channel = block[c] as Float64Array;
      whole.set(channel, at);
      at += channel.length;
    }
    return whole;
  });
  return { channelData, sampleRate, refused: 0 };
}
