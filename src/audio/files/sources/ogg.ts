import { AudioError } from "../../../errors.js";
import { concatBytes } from "../bytes.js";
import { flacDecoder } from "../codecs/flac.js";
import { type Decoded, decodedOf, type PacketDecoder } from "../codecs/packet_decoder.js";
import { flacInfo } from "../containers/flac_frames.js";
import { oggPages, PacketCutter } from "../containers/ogg.js";
import { checkOgg, codecOf } from "../containers/ogg_check.js";
import { checkSamples } from "../limits.js";
import { quietly } from "../quiet.js";
import { createReport } from "../report.js";
import { type OpenSource, packetSource, streamSource } from "./source.js";

interface OggDecoder {
  decode(bytes: Uint8Array): { readonly channelData: readonly Float32Array[]; readonly sampleRate: number };
  flush(): { readonly channelData: readonly Float32Array[]; readonly sampleRate: number };
  free(): void;
}

function oggDecoder(decoder: OggDecoder): PacketDecoder {
  return {
    decode: (parts) => decodedOf(quietly(() => decoder.decode(concatBytes(parts)))),
    flush: () => decodedOf(quietly(() => decoder.flush())),
    free: () => decoder.free(),
  };
}

export const openVorbis: OpenSource = async (bytes, report) => {
  checkOgg(bytes, "vorbis", report);
  return { parts: decodeLinks(bytes), upmixes: false };
};

/** The streams of a chained file, each of which has its own set-up and so its own decoder. */
async function* decodeLinks(bytes: Uint8Array): AsyncGenerator<Decoded> {
  const { decoder } = await import("@audio/decode-vorbis");
  const starts = [...vorbisStarts(bytes)];
  for (const [i, start] of starts.entries()) {
    const link = bytes.subarray(i === 0 ? 0 : start, starts[i + 1] ?? bytes.length);
    yield* streamSource(oggDecoder(await decoder()), link).parts;
  }
}

function* vorbisStarts(bytes: Uint8Array): Generator<number> {
  for (const page of oggPages(bytes, createReport())) if (page.first && codecOf(page.body) === "vorbis") yield page.at;
}

export const openOpus: OpenSource = async (bytes, report) => {
  checkOgg(bytes, "opus", report);
  const { decoder } = await import("@audio/decode-opus");
  return streamSource(oggDecoder(await decoder()), bytes);
};

export const openOggFlac: OpenSource = async (bytes, report, limits) => {
  checkOgg(bytes, "flac", report);
  // Its first packet: a byte, "FLAC", version, number of headers, "fLaC", and the block of STREAMINFO.
  const [first] = [...firstPage(bytes)];
  const info = first === undefined || codecOf(first) !== "flac" ? null : flacInfo(first.subarray(17, 51));
  if (info === null) throw new AudioError("the flac stream's header is damaged");
  checkSamples(info.total, info.channels, info.rate, limits);
  if (info.total > 0) report.declaredS = info.total / info.rate;
  return packetSource(await flacDecoder(info), flacPackets(bytes));
};

function* firstPage(bytes: Uint8Array): Generator<Uint8Array> {
  for (const page of oggPages(bytes, createReport())) {
    yield page.body;
    return;
  }
}

/** Frames begin with their sync code; header packets do not. */
function* flacPackets(bytes: Uint8Array): Generator<Uint8Array> {
  const cutter = new PacketCutter();
  let serial: number | null = null;
  for (const page of oggPages(bytes, createReport())) {
    if (page.first && codecOf(page.body) === "flac") serial = page.serial;
    if (page.serial !== serial) continue;
    for (const packet of cutter.packetsOf(page)) if (packet[0] === 0xff && ((packet[1] ?? 0) & 0xfe) === 0xf8) yield packet;
  }
}
