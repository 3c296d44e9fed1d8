/** Samples of a frame at 48 kHz by configuration (RFC 6716, table 2). */
import { itemAt } from "../../../util/elements.js";

const FRAME_SAMPLES = [480, 960, 1920, 2880];

/** Samples at 48 kHz that an Opus packet stands for, from its first two bytes. */
export function opusSamples(packet: Uint8Array): number {
  const [toc = 0, count = 0] = packet;
  if (packet.length === 0) return 0;
  const config = toc >> 3;
  const frame = config < 12 ? itemAt(FRAME_SAMPLES, config & 3) : config < 16 ? itemAt(FRAME_SAMPLES, config & 1) : 120 * 2 ** (config & 3);
  const frames = (toc & 3) === 0 ? 1 : (toc & 3) === 3 ? count & 63 : 2;
  return frame * frames;
}
