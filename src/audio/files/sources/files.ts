import { AudioError } from "../../../errors.js";
import { append } from "../../../util/arrays.js";
import { aiffSound } from "../aiff_read.js";
import { viewOf } from "../bytes.js";
import { flacDecoder } from "../codecs/flac.js";
import { mp3Decoder } from "../codecs/mp3.js";
import type { Decoded } from "../codecs/packet_decoder.js";
import { flacFrames, flacHead } from "../containers/flac_frames.js";
import { checkFrames, firstFrame, mpegFrame } from "../containers/mpeg_frames.js";
import { checkSamples } from "../limits.js";
import { type Pcm, readInterleaved } from "../pcm.js";
import { MP3_IN_WAV, wavParts, wavSound } from "../wav_read.js";
import { type OpenSource, packetSource, type Source, streamSource } from "./source.js";

export const openFlac: OpenSource = async (bytes, report, limits) => {
  const head = flacHead(bytes);
  if (head === null) throw new AudioError("the flac file's header is damaged");
  const { info, start } = head;
  checkSamples(info.total, info.channels, info.rate, limits);
  if (info.total > 0) report.declaredS = info.total / info.rate;
  return packetSource(await flacDecoder(info), flacFrames(bytes, start, report));
};

export const openAiff: OpenSource = (bytes, report, limits) => {
  const sound = aiffSound(bytes, report);
  checkSamples((sound.end - sound.start) / (sound.channels * sound.stride), sound.channels, sound.sampleRate, limits);
  return pcmSource(readInterleaved(viewOf(bytes), sound));
};

export const openWav: OpenSource = async (bytes, report, limits) => {
  const { layout, notes, code } = wavSound(bytes, limits);
  append(report.notes, notes);
  if (code !== MP3_IN_WAV) return pcmSource(wavParts(bytes, layout));
  const stream = bytes.subarray(layout.start, layout.end);
  const first = firstFrame(stream);
  if (first !== null) checkFrames(stream, first, mpegFrame, report);
  return streamSource(await mp3Decoder(), stream);
};

function pcmSource(parts: Iterable<Pcm>): Source {
  return { parts: refusingNone(parts), upmixes: false };
}

function* refusingNone(parts: Iterable<Pcm>): Generator<Decoded> {
  for (const part of parts) yield { ...part, refused: 0 };
}
