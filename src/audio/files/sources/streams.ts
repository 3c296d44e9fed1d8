import { byteAt } from "../../../util/elements.js";
import { ascii } from "../bytes.js";
import { aacDecoder } from "../codecs/aac.js";
import { AMR_MAGIC, amrDecoder } from "../codecs/amr.js";
import { mp3Decoder } from "../codecs/mp3.js";
import { adtsFrame, checkFrames, firstFrame, id3Length, mpegFrame, xingSeconds } from "../containers/mpeg_frames.js";
import { addFault, type FileReport } from "../report.js";
import { type OpenSource, streamSource } from "./source.js";

/** Formats that are nothing but coded frames in a row. */
export const openMp3: OpenSource = async (bytes, report) => {
  // Frames of a free bit rate do not tell their size, so they are not counted.
  const first = firstFrame(bytes);
  if (first !== null) checkFrames(bytes, first, mpegFrame, report);
  report.declaredS = xingSeconds(bytes);
  // The frames hold what the encoder padded as well; its own header knows better.
  if (report.declaredS !== null) report.framesS = null;
  return streamSource(await mp3Decoder(), bytes);
};

export const openAac: OpenSource = async (bytes, report) => {
  checkFrames(bytes, id3Length(bytes), adtsFrame, report);
  return streamSource(await aacDecoder(null), bytes);
};

export const openAmr: OpenSource = async (bytes, report) => {
  checkAmr(bytes, report);
  return streamSource(await amrDecoder(null), bytes);
};

/** Bytes of a frame, its first one included, by mode (RFC 4867, 5.3). */
const NARROW = [13, 14, 16, 18, 20, 21, 27, 32, 6, 0, 0, 0, 0, 0, 0, 1];
const WIDE = [18, 24, 33, 37, 41, 47, 51, 59, 61, 6, 0, 0, 0, 0, 1, 1];
const FRAME_S = 0.02;

function checkAmr(bytes: Uint8Array, report: FileReport): void {
  const wide = ascii(bytes, 0, AMR_MAGIC.wide.length) === AMR_MAGIC.wide;
  let at = (wide ? AMR_MAGIC.wide : AMR_MAGIC.narrow).length;
  let frames = 0;
  while (at < bytes.length) {
    const size = (wide ? WIDE : NARROW)[(byteAt(bytes, at) >> 3) & 15] as number;
    // The first and the last two bits of a frame are zero.
    if (size === 0 || (byteAt(bytes, at) & 0x83) !== 0) addFault(report, "bytes between its frames are none of a frame");
    if (at + size > bytes.length) addFault(report, "it ends within a frame");
    else frames++;
    at += Math.max(1, size);
  }
  report.framesS = frames * FRAME_S;
}
