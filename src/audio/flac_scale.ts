/**
 * The flac decoder divides n-bit samples by 2^(n−1) − 1. Full scale is 2^(n−1): with that a flac file and the wave file it was made from
 * hold the same numbers.
 *
 * @param samples as decoded; changed in place.
 * @param bits of a sample, see `flacBits`.
 */
export function rescaleFlac(samples: Float32Array, bits: number): void {
  const full = 2 ** (bits - 1);
  for (let n = 0; n < samples.length; n++) samples[n] = Math.round((samples[n] as number) * (full - 1)) / full;
}

/** Bits a sample from the STREAMINFO block, native or in Ogg; null where there is none near the start. */
export function flacBits(bytes: Uint8Array): number | null {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 65_536));
  const at = head.indexOf("fLaC");
  if (at < 0 || at + 22 > head.length) return null;
  return ((((head[at + 20] as number) & 1) << 4) | ((head[at + 21] as number) >> 4)) + 1;
}
