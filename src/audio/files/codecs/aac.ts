import { AudioError } from "../../../errors.js";
import { concatBytes } from "../bytes.js";
import { quietly } from "../quiet.js";
import { decodedOf, type PacketDecoder } from "./packet_decoder.js";

/** A codec whose decoder is not part of this package. */
export class MissingCodecError extends AudioError {
  override name = "AudioError";
}

/** The version that results were measured with. */
const PEER = "@audio/decode-aac@1.6.0";

/** Configuration of raw frames, and boxes of an mp4 file that say what encoders padded. */
export interface AacSetup {
  readonly config: { readonly asc: Uint8Array } | { readonly alac: Uint8Array };
  readonly boxes?: ReadonlyMap<string, Uint8Array>;
}

/**
 * AAC and Apple Lossless by an optional package: its licence (GPL-2.0, for FAAD2) does not go with this package's.
 *
 * @param setup null for a stream of ADTS frames.
 * @throws MissingCodecError where the package is not installed.
 */
export async function aacDecoder(setup: AacSetup | null): Promise<PacketDecoder> {
  const { decoder: create, gapless } = await load();
  const boxes = Object.fromEntries(setup?.boxes ?? []);
  const decoder = await create(
    setup === null
      ? undefined
      : { ...setup.config, ...windowOf(setup.boxes === undefined ? null : gapless({ ...boxes, ...setup.config })) },
  );
  // The decoder keeps the first frame back.
  let kept = 1;
  return {
    decode(packets) {
      const answer = quietly(() => decoder.decode(setup === null ? concatBytes(packets) : [...packets]));
      // Where nothing at all comes out, it does not say of how many.
      const { errors = answer.channelData.length > 0 || setup === null ? 0 : packets.length } = answer as { readonly errors?: number };
      const refused = Math.max(0, errors - kept);
      kept = Math.max(0, kept - errors);
      return decodedOf(answer, refused);
    },
    free: () => decoder.free(),
    upmixes: setup === null || "asc" in setup.config,
  };
}

const windowOf = <T>(window: T | null): { readonly gapless?: T } => (window === null ? {} : { gapless: window });

async function load(): Promise<typeof import("@audio/decode-aac")> {
  try {
    return await import("@audio/decode-aac");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw cause;
    throw new MissingCodecError(
      `AAC and Apple Lossless are not read by this package itself: install ffmpeg (or set FFMPEG_PATH), or add the GPL-2.0 decoder with "npm install ${PEER}"`,
      { cause },
    );
  }
}
