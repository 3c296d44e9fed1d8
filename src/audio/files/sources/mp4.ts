import { AudioError } from "../../../errors.js";
import { byteAt } from "../../../util/elements.js";
import { viewOf } from "../bytes.js";
import { aacDecoder } from "../codecs/aac.js";
import { amrDecoder } from "../codecs/amr.js";
import { flacDecoder } from "../codecs/flac.js";
import { mp3Decoder } from "../codecs/mp3.js";
import { opusDecoder, opusSetup } from "../codecs/opus.js";
import type { PacketDecoder } from "../codecs/packet_decoder.js";
import { pcmDecoder } from "../codecs/pcm_packets.js";
import { type Window, windowed } from "../codecs/window.js";
import { flacInfo } from "../containers/flac_frames.js";
import { type Mp4Track, mp4Track, readEsds, timescaleOf } from "../containers/mp4_track.js";
import type { SampleFormat } from "../pcm.js";
import type { OpenSource, Source } from "./source.js";
import { packetSource } from "./source.js";

const MP3_TYPES = new Set([0x69, 0x6b]);
const AAC_TYPES = new Set([0, 0x40, 0x66, 0x67, 0x68]);
/** What else tracks of sound are coded in, for the message. */
const NAMES: Readonly<Record<string, string>> = {
  "ac-3": "AC-3",
  "ec-3": "E-AC-3",
  dtsc: "DTS",
  dtsh: "DTS",
  dtsl: "DTS",
  dtse: "DTS",
  ima4: "IMA ADPCM",
  sawp: "AMR-WB+",
  sqcp: "QCELP",
  enca: "encrypted sound",
};

/** A codec inside a container that is read here, but not the codec. */
export class UnknownCodecError extends AudioError {
  override name = "AudioError";
}

export const openMp4: OpenSource = async (bytes, report): Promise<Source> => {
  const track = mp4Track(bytes, report);
  const window = editWindow(track);
  const { decoder, whole } = await decoderOf(track, window);
  report.declaredS = declared(track, window);
  return packetSource(decoder, slices(bytes, track, whole));
};

function* slices(bytes: Uint8Array, track: Mp4Track, whole: boolean): Generator<Uint8Array> {
  for (const { at, size } of track.packets(whole)) yield bytes.subarray(at, at + size);
}

/** Seconds to be heard: what the table of durations holds, and no more than the edit takes of it. Movie times are rounded down to a tick. */
function declared({ mediaS }: Mp4Track, window: Window | null): number | null {
  if (mediaS === null || mediaS === 0) return null;
  return window === null ? mediaS : (window.durationS ?? Math.max(0, mediaS - window.startS));
}

async function decoderOf(track: Mp4Track, window: Window | null): Promise<{ readonly decoder: PacketDecoder; readonly whole: boolean }> {
  const pcm = pcmOf(track);
  if (pcm !== null) return { decoder: pcm, whole: true };
  return { decoder: await codedDecoder(track, window), whole: false };
}

async function codedDecoder(track: Mp4Track, window: Window | null): Promise<PacketDecoder> {
  const { codec, objectType, boxes } = track;
  const need = (type: string): Uint8Array => {
    const body = boxes.get(type);
    if (body === undefined) throw new AudioError(`the mp4 file's ${codec} track has no "${type}" box: it is damaged`);
    return body;
  };
  if (codec === ".mp3" || (codec === "mp4a" && MP3_TYPES.has(objectType))) return windowed(await mp3Decoder(), window);
  if (codec === "mp4a" && AAC_TYPES.has(objectType)) {
    const { config } = readEsds(need("esds"));
    if (config === null) throw new AudioError("the mp4 file's AAC track has no decoder configuration: it is damaged");
    return aacDecoder({ config: { asc: config }, boxes });
  }
  if (codec === "alac") return aacDecoder({ config: { alac: need("alac") }, boxes });
  if (codec === "samr" || codec === "sawb") return amrDecoder(codec === "samr" ? "narrow" : "wide");
  if (codec === "fLaC") {
    const info = flacInfo(need("dfLa").subarray(8));
    if (info === null) throw new AudioError("the mp4 file's FLAC track has no stream information: it is damaged");
    return flacDecoder(info);
  }
  if (codec === "Opus") {
    const setup = opusSetup(need("dOps").subarray(1), true);
    // The edit list's start covers what the decoder takes to settle.
    return windowed(await opusDecoder(window === null ? setup : { ...setup, preSkip: 0 }, true), window);
  }
  const name =
    NAMES[codec] ?? (codec === "mp4a" ? `MPEG-4 object type 0x${objectType.toString(16)}` : `"${codec.replace(/[^ -~]/g, "?")}"`);
  throw new UnknownCodecError(`the mp4 file's sound is ${name}, which is not read without ffmpeg`);
}

/** null where the track is coded otherwise. */
function pcmOf(track: Mp4Track): PacketDecoder | null {
  const format = pcmFormat(track);
  return format === null ? null : pcmDecoder(format, track.channels, track.sampleRate);
}

function pcmFormat({ codec, bits, pcmFlags, boxes }: Mp4Track): SampleFormat | null {
  const bytes = Math.ceil(bits / 8);
  // QuickTime's flag: 1 = little-endian.
  const enda = boxes.get("enda");
  const little = enda !== undefined && enda.length >= 2 && viewOf(enda).getUint16(0) === 1;
  switch (codec) {
    case "sowt":
      return { coding: "signed", bytes: bytes || 2, bigEndian: false };
    case "twos":
      return { coding: "signed", bytes: bytes || 2, bigEndian: true };
    case "in24":
      return { coding: "signed", bytes: 3, bigEndian: !little };
    case "in32":
      return { coding: "signed", bytes: 4, bigEndian: !little };
    case "fl32":
      return { coding: "float", bytes: 4, bigEndian: !little };
    case "fl64":
      return { coding: "float", bytes: 8, bigEndian: !little };
    case "raw ":
    case "NONE":
      return { coding: bytes > 1 ? "signed" : "unsigned", bytes: bytes || 1, bigEndian: true };
    case "ulaw":
      return { coding: "mu-law", bytes: 1, bigEndian: true };
    case "alaw":
      return { coding: "a-law", bytes: 1, bigEndian: true };
    case "lpcm":
      return { coding: pcmFlags & 1 ? "float" : pcmFlags & 4 ? "signed" : "unsigned", bytes, bigEndian: (pcmFlags & 2) !== 0 };
    case "ipcm":
    case "fpcm": {
      const config = boxes.get("pcmC");
      if (config === undefined || config.length < 6) return null;
      const size = Math.ceil(byteAt(config, 5) / 8);
      return { coding: codec === "fpcm" ? "float" : "signed", bytes: size, bigEndian: (byteAt(config, 4) & 1) === 0 };
    }
    default:
      return null;
  }
}

/**
 * The stretch that the edit list presents (ISO/IEC 14496-12, 8.6.6): it leaves out what the encoder put before and after the sound. Null
 * without one, and where several cut or repeat the media.
 */
function editWindow({ boxes, mediaS }: Mp4Track): Window | null {
  const list = boxes.get("elst");
  const timescale = timescaleOf(boxes.get("mdhd"));
  if (list === undefined || timescale === 0) return null;
  const edits = mediaEdits(list);
  const [edit] = edits;
  if (edit === undefined || edits.length > 1) return null;
  const startS = edit.mediaTime / timescale;
  const movie = timescaleOf(boxes.get("mvhd"));
  const rest = mediaS !== null && mediaS > startS ? mediaS - startS : null;
  if (edit.duration === 0 || movie === 0) return { startS, durationS: rest };
  const length = (edit.duration + (movie < timescale ? 1 : 0)) / movie;
  return { startS, durationS: rest === null ? length : Math.min(rest, length) };
}

/** Edits that show media; the others are pauses. */
function mediaEdits(list: Uint8Array): readonly { readonly duration: number; readonly mediaTime: number }[] {
  if (list.length < 8) return [];
  const view = viewOf(list);
  const wide = list[0] === 1;
  const size = wide ? 20 : 12;
  const count = Math.min(view.getUint32(4), Math.floor((list.length - 8) / size));
  return Array.from({ length: count }, (_, i) => {
    const at = 8 + size * i;
    return wide
      ? { duration: Number(view.getBigUint64(at)), mediaTime: Number(view.getBigInt64(at + 8)) }
      : { duration: view.getUint32(at), mediaTime: view.getInt32(at + 4) };
  }).filter(({ mediaTime }) => mediaTime >= 0);
}
