import { AudioError } from "../../../errors.js";
import { ascii, concatBytes } from "../bytes.js";
import { oggPage } from "../containers/ogg.js";
import { quietly } from "../quiet.js";
import { decodedOf, type PacketDecoder } from "./packet_decoder.js";

const SERIAL = 1;
/** Segments that fit a page. */
const SEGMENTS = 255;

/**
 * Vorbis packets that stand in no Ogg file: the decoder reads Ogg, so they are put into one.
 *
 * @param headers the three header packets, Xiph-laced as Matroska keeps them.
 */
export async function vorbisDecoder(headers: Uint8Array): Promise<PacketDecoder> {
  const [identification, comment, setup] = unlace(headers);
  const { decoder: create } = await import("@audio/decode-vorbis");
  const decoder = await create();
  let sequence = 0;
  const begin = concatBytes([oggPage([identification], SERIAL, sequence++, 2), oggPage([comment, setup], SERIAL, sequence++, 0)]);
  quietly(() => decoder.decode(begin));
  return {
    decode(packets) {
      const pages: Uint8Array[] = [];
      for (let from = 0; from < packets.length; ) {
        let to = from;
        for (let used = 0; to < packets.length; to++) {
          used += Math.floor((packets[to] as Uint8Array).length / 255) + 1;
          if (used > SEGMENTS && to > from) break;
          if (used > SEGMENTS) throw new AudioError("a vorbis packet of the file is too large");
        }
        pages.push(oggPage(packets.slice(from, to), SERIAL, sequence++, 0));
        from = to;
      }
      return decodedOf(quietly(() => decoder.decode(concatBytes(pages))));
    },
    flush: () => decodedOf(quietly(() => decoder.flush())),
    free: () => decoder.free(),
  };
}

function unlace(bytes: Uint8Array): readonly [Uint8Array, Uint8Array, Uint8Array] {
  let at = 1;
  const sizes = [0, 1].map(() => {
    let size = 0;
    while (bytes[at] === 255) {
      size += 255;
      at++;
    }
    return size + (bytes[at++] ?? 0);
  });
  const [first = 0, second = 0] = sizes;
  const parts = [
    bytes.subarray(at, at + first),
    bytes.subarray(at + first, at + first + second),
    bytes.subarray(at + first + second),
  ] as const;
  if (bytes[0] !== 2 || parts.some((part, i) => part[0] !== 2 * i + 1 || ascii(part, 1, 6) !== "vorbis"))
    throw new AudioError("the vorbis track's headers are damaged");
  return parts;
}
