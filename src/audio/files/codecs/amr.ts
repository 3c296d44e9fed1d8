import { concatBytes } from "../bytes.js";
import { quietly } from "../quiet.js";
import { decodedOf, type PacketDecoder } from "./packet_decoder.js";

export const AMR_MAGIC = { narrow: "#!AMR\n", wide: "#!AMR-WB\n" } as const;

/** Adaptive multi-rate speech as phones record it. @param band 8 or 16 kHz; null where the packets begin with the file's own magic. */
export async function amrDecoder(band: keyof typeof AMR_MAGIC | null): Promise<PacketDecoder> {
  const { decoder: create } = await import("@audio/decode-amr");
  const decoder = await create();
  let begun = band === null;
  return {
    decode(packets) {
      const head = begun || band === null ? [] : [Buffer.from(AMR_MAGIC[band], "latin1")];
      begun = true;
      return decodedOf(quietly(() => decoder.decode(concatBytes([...head, ...packets]))));
    },
    free: () => decoder.free(),
  };
}
