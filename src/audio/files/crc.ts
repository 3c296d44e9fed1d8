/** Remainder tables of the checksums that containers carry: most significant bit first, no reflection. */
function table(bits: 8 | 16 | 32, polynomial: number): Uint32Array {
  const top = 2 ** (bits - 1);
  const mask = 2 ** bits - 1;
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let rest = byte * 2 ** (bits - 8);
    for (let k = 0; k < 8; k++) rest = rest >= top ? (((rest * 2) & mask) ^ polynomial) >>> 0 : rest * 2;
    return rest >>> 0;
  });
}

const OGG = table(32, 0x04c11db7);
const FLAC_FRAME = table(16, 0x8005);
const FLAC_HEADER = table(8, 0x07);

/** Ogg's page checksum (RFC 3533), the four bytes of the checksum itself at `hole` taken as zero. */
export function oggCrc(bytes: Uint8Array, from: number, to: number, hole: number): number {
  let crc = 0;
  for (let i = from; i < to; i++) {
    const byte = i >= hole && i < hole + 4 ? 0 : (bytes[i] as number);
    crc = ((crc << 8) ^ (OGG[((crc >>> 24) ^ byte) & 255] as number)) >>> 0;
  }
  return crc;
}

/** FLAC's frame checksum (RFC 9639, 9.3), continued from `crc`. */
export function flacCrc16(bytes: Uint8Array, from: number, to: number, crc = 0): number {
  let rest = crc;
  for (let i = from; i < to; i++) rest = ((rest << 8) & 0xffff) ^ (FLAC_FRAME[(rest >> 8) ^ (bytes[i] as number)] as number);
  return rest;
}

/** FLAC's header checksum (RFC 9639, 9.1.8). */
export function flacCrc8(bytes: Uint8Array, from: number, to: number): number {
  let rest = 0;
  for (let i = from; i < to; i++) rest = FLAC_HEADER[rest ^ (bytes[i] as number)] as number;
  return rest;
}
