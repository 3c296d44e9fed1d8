import { concatBytes } from "../bytes.js";
import { quietly } from "../quiet.js";
import { decodedOf, type PacketDecoder } from "./packet_decoder.js";

/** MPEG audio of layers I to III; finds frames itself, so packets may be any parts of the stream. */
export async function mp3Decoder(): Promise<PacketDecoder> {
  const { decoder: create } = await import("@audio/decode-mp3");
  const decoder = await create();
  return {
    decode: (packets) => decodedOf(quietly(() => decoder.decode(concatBytes(packets)))),
    free: () => decoder.free(),
    upmixes: true,
  };
}
