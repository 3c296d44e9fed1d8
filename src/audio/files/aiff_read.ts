import { AudioError } from "../../errors.js";
import { checkRate } from "../signal/resample.js";
import { ascii, viewOf } from "./bytes.js";
import { type Interleaved, type SampleFormat, sampleReader } from "./pcm.js";
import { addFault, type FileReport } from "./report.js";

const MAX_CHUNKS = 10_000;

interface Common {
  readonly channels: number;
  readonly frames: number;
  readonly bits: number;
  readonly sampleRate: number;
  readonly coding: string;
}

/** AIFF-C's names of what is read here. */
function formatOf({ coding, bits }: Common): SampleFormat | null {
  const bytes = Math.ceil(bits / 8);
  switch (coding) {
    case "NONE":
    case "none":
    case "TWOS":
    case "twos":
    case "in24":
    case "in32":
      return { coding: "signed", bytes, bigEndian: true };
    case "sowt":
    case "SOWT":
      return { coding: "signed", bytes, bigEndian: false };
    case "raw ":
      return { coding: "unsigned", bytes: 1, bigEndian: true };
    case "fl32":
    case "FL32":
      return { coding: "float", bytes: 4, bigEndian: true };
    case "fl64":
    case "FL64":
      return { coding: "float", bytes: 8, bigEndian: true };
    case "alaw":
    case "ALAW":
      return { coding: "a-law", bytes: 1, bigEndian: true };
    case "ulaw":
    case "ULAW":
      return { coding: "mu-law", bytes: 1, bigEndian: true };
    default:
      return null;
  }
}

/** Where an AIFF or AIFF-C file's sound lies. @throws AudioError for a coding that is not read here, or a damaged header. */
export function aiffSound(bytes: Uint8Array, report: FileReport): Interleaved {
  const view = viewOf(bytes);
  let common: Common | null = null;
  let sound: { readonly start: number; readonly end: number } | null = null;
  let at = 12;
  for (let count = 0; at + 8 <= bytes.length && (common === null || sound === null); count++) {
    if (count >= MAX_CHUNKS) throw new AudioError(`the aiff file has more than ${MAX_CHUNKS} chunks before its sound`);
    const id = ascii(bytes, at, 4);
    const size = view.getUint32(at + 4);
    const start = at + 8;
    if (id === "COMM" && start + 18 <= bytes.length) common = readCommon(bytes, view, start, Math.min(bytes.length, start + size));
    if (id === "SSND" && start + 8 <= bytes.length) sound = { start: start + 8 + view.getUint32(start), end: start + size };
    at = start + size + (size % 2);
  }
  if (common === null || sound === null)
    throw new AudioError(`the aiff file has no ${common === null ? "description (COMM)" : "sound (SSND)"}: it is damaged or cut short`);
  const { channels, frames, sampleRate } = common;
  const format = formatOf(common);
  const reader = format === null ? null : sampleReader(format);
  if (format === null || reader === null)
    throw new AudioError(`"${common.coding}" sound of ${common.bits} bits in an aiff file is not supported`);
  checkRate(sampleRate);
  if (channels < 1) throw new AudioError("the aiff file declares no channels");
  report.declaredS = frames / sampleRate;
  if (sound.end > bytes.length) addFault(report, "it ends within its sound");
  const frame = channels * format.bytes;
  const end = Math.min(sound.end, bytes.length, sound.start + frames * frame);
  return { start: sound.start, end, channels, sampleRate, stride: format.bytes, reader };
}

function readCommon(bytes: Uint8Array, view: DataView, start: number, end: number): Common {
  return {
    channels: view.getUint16(start),
    frames: view.getUint32(start + 2),
    bits: view.getUint16(start + 6),
    sampleRate: extended(view, start + 8),
    coding: ascii(bytes, 8, 4) === "AIFC" && start + 22 <= end ? ascii(bytes, start + 18, 4) : "NONE",
  };
}

/** An IEEE 754 number of 80 bits. */
function extended(view: DataView, at: number): number {
  const head = view.getUint16(at);
  const mantissa = view.getUint32(at + 2) * 2 ** 32 + view.getUint32(at + 6);
  return (head & 0x8000 ? -1 : 1) * mantissa * 2 ** ((head & 0x7fff) - 16_383 - 63);
}
