/** Decoders take off what encoders padded (mp3: up to 0.1 s): less than this, or than this share, is not missing. */
const PADDING_S = 0.2;
const PADDING_SHARE = 0.02;

/** @returns what to say where a file holds clearly less sound than it declares; null otherwise. */
export function shortfall(declaredS: number | null, decodedS: number): string | null {
  if (declaredS === null || declaredS - decodedS <= Math.max(PADDING_S, PADDING_SHARE * declaredS)) return null;
  return `the file is cut short: it declares ${declaredS.toFixed(2)} s, ${decodedS.toFixed(2)} s are there`;
}

/** Seconds by the Xing or Info header of an mp3 file's first frame; null without one. */
export function mp3Seconds(bytes: Uint8Array, sampleRate: number): number | null {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 65_536));
  const at = Math.max(head.indexOf("Xing"), head.indexOf("Info"));
  if (at < 0 || at + 12 > head.length || (head.readUInt32BE(at + 4) & 1) === 0) return null;
  // MPEG 1 (32 kHz and up) has 1,152 samples a frame in layer III, MPEG 2 and 2.5 half as many.
  return (head.readUInt32BE(at + 8) * (sampleRate >= 32_000 ? 1_152 : 576)) / sampleRate;
}

/** Seconds by a flac file's STREAMINFO block; null where it leaves the length open. */
export function flacSeconds(bytes: Uint8Array): number | null {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 65_536));
  const at = head.indexOf("fLaC");
  if (at < 0 || at + 26 > head.length) return null;
  const rate = head.readUIntBE(at + 18, 3) >> 4;
  const samples = (head.readUInt8(at + 21) & 15) * 2 ** 32 + head.readUInt32BE(at + 22);
  return rate > 0 && samples > 0 ? samples / rate : null;
}
