import { AudioError } from "../../../errors.js";
import { ascii } from "../bytes.js";
import { aacDecoder } from "../codecs/aac.js";
import { flacDecoder } from "../codecs/flac.js";
import { mp3Decoder } from "../codecs/mp3.js";
import { opusDecoder, opusSetup } from "../codecs/opus.js";
import type { Decoded, PacketDecoder } from "../codecs/packet_decoder.js";
import { pcmDecoder } from "../codecs/pcm_packets.js";
import { vorbisDecoder } from "../codecs/vorbis.js";
import { flacInfo } from "../containers/flac_frames.js";
import { type WebmPacket, type WebmTrack, webmFile } from "../containers/webm.js";
import { UnknownCodecError } from "./mp4.js";
import { decodeAll, type OpenSource } from "./source.js";

export const openWebm: OpenSource = async (bytes, report) => {
  const { track, packets } = webmFile(bytes, report);
  const decoder = await decoderOf(track);
  return { parts: trimmed(decoder, packets()), upmixes: decoder.upmixes ?? false };
};

async function decoderOf({ codec, codecPrivate, channels, sampleRate, bits, codecDelay }: WebmTrack): Promise<PacketDecoder> {
  const need = (): Uint8Array => {
    if (codecPrivate === null) throw new AudioError(`the webm file's ${codec} track has no codec header: it is damaged`);
    return codecPrivate;
  };
  if (codec === "A_OPUS") {
    const head = need();
    if (ascii(head, 0, 8) !== "OpusHead") throw new AudioError("the webm file's opus header is damaged");
    const setup = opusSetup(head.subarray(9), false);
    return opusDecoder({ ...setup, preSkip: setup.preSkip || Math.round((codecDelay / 1e9) * 48_000) }, false);
  }
  if (codec === "A_VORBIS") return vorbisDecoder(need());
  if (codec === "A_MPEG/L3" || codec === "A_MPEG/L2") return mp3Decoder();
  if (codec === "A_FLAC") {
    // "fLaC" and the header of the first block stand before it.
    const info = flacInfo(need().subarray(8));
    if (info === null) throw new AudioError("the webm file's FLAC header is damaged");
    return flacDecoder(info);
  }
  if (codec.startsWith("A_AAC")) return aacDecoder({ config: { asc: need() } });
  if (codec === "A_ALAC") return aacDecoder({ config: { alac: need() } });
  if (codec.startsWith("A_PCM/")) {
    const coding = codec === "A_PCM/FLOAT/IEEE" ? "float" : bits === 8 ? "unsigned" : "signed";
    const decoder = pcmDecoder(
      { coding, bytes: Math.ceil(bits / 8), bigEndian: codec === "A_PCM/INT/BIG" },
      channels,
      Math.round(sampleRate),
    );
    if (decoder !== null) return decoder;
  }
  throw new UnknownCodecError(`the webm file's sound is ${codec.replace(/[^ -~]/g, "?")}, which is not read without ffmpeg`);
}

const BATCH = 32;

/** Packets in groups, one that is to be trimmed at its end by itself. */
async function* trimmed(decoder: PacketDecoder, packets: Iterable<WebmPacket>): AsyncGenerator<Decoded> {
  const discards: number[] = [];
  const groups = function* (): Generator<readonly Uint8Array[]> {
    let group: Uint8Array[] = [];
    for (const { data, discard } of packets) {
      if (group.length > 0 && (discard > 0 || group.length >= BATCH)) {
        discards.push(0);
        yield group;
        group = [];
      }
      group.push(data);
      if (discard === 0) continue;
      discards.push(discard);
      yield group;
      group = [];
    }
    if (group.length === 0) return;
    discards.push(0);
    yield group;
  };
  let index = 0;
  for await (const part of decodeAll(decoder, groups())) {
    const discard = Math.round(((discards[index++] ?? 0) / 1e9) * part.sampleRate);
    const length = Math.max(0, (part.channelData[0]?.length ?? 0) - discard);
    yield discard === 0 ? part : { ...part, channelData: part.channelData.map((channel) => channel.subarray(0, length)) };
  }
}
