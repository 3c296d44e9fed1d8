/** Reads the sample at a byte offset, full scale = ±1. */
export type SampleReader = (view: DataView, offset: number) => number;

const PCM = 1;
const FLOAT = 3;
const A_LAW = 6;
const MU_LAW = 7;

const READERS: Readonly<Record<string, SampleReader>> = {
  [`${PCM}/1`]: (view, at) => (view.getUint8(at) - 128) / 128,
  [`${PCM}/2`]: (view, at) => view.getInt16(at, true) / 2 ** 15,
  [`${PCM}/3`]: (view, at) => (view.getUint8(at) + 256 * view.getInt16(at + 1, true)) / 2 ** 23,
  [`${PCM}/4`]: (view, at) => view.getInt32(at, true) / 2 ** 31,
  [`${FLOAT}/4`]: (view, at) => view.getFloat32(at, true),
  [`${FLOAT}/8`]: (view, at) => view.getFloat64(at, true),
  [`${A_LAW}/1`]: (view, at) => aLaw(view.getUint8(at)) / 2 ** 15,
  [`${MU_LAW}/1`]: (view, at) => muLaw(view.getUint8(at)) / 2 ** 15,
};

/** null where the format is not known. @param code the format tag of the wave file. */
export function sampleReader(code: number, bytesPerSample: number): SampleReader | null {
  return READERS[`${code}/${bytesPerSample}`] ?? null;
}

/** ITU-T G.711 A-law → 16-bit linear. */
function aLaw(byte: number): number {
  const code = byte ^ 0x55;
  const exponent = (code >> 4) & 7;
  const mantissa = ((code & 15) << 4) + (exponent === 0 ? 8 : 0x108);
  const magnitude = exponent > 1 ? mantissa << (exponent - 1) : mantissa;
  return code & 0x80 ? magnitude : -magnitude;
}

/** ITU-T G.711 µ-law → 16-bit linear. */
function muLaw(byte: number): number {
  const code = ~byte & 0xff;
  const magnitude = ((((code & 15) << 3) + 0x84) << ((code >> 4) & 7)) - 0x84;
  return code & 0x80 ? -magnitude : magnitude;
}
