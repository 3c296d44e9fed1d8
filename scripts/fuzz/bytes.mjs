// Mutations of bytes: flips, cuts, lost and doubled stretches, and fields of lengths that say something else.

const LENGTHS = [0, 1, 2, 7, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];

/** @param bytes are not changed. */
export function mutateBytes(bytes, rng) {
  let changed = Buffer.from(bytes);
  for (let left = 1 + rng.int(5); left > 0; left--) changed = mutateOnce(changed, rng);
  return changed;
}

function mutateOnce(bytes, rng) {
  if (bytes.length < 8) return Buffer.concat([bytes, Buffer.alloc(16, rng.int(256))]);
  const at = placeIn(bytes, rng);
  const to = Math.min(bytes.length, at + 1 + rng.int(rng.chance(0.5) ? 16 : 4_000));
  switch (rng.int(8)) {
    case 0:
      return bytes.subarray(0, at);
    case 1:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(to)]);
    case 2:
      return Buffer.concat([bytes.subarray(0, to), bytes.subarray(at)]);
    case 3:
      bytes.fill(rng.pick([0, 0xff, rng.int(256)]), at, to);
      return bytes;
    case 4:
      return Buffer.concat([bytes.subarray(0, at), noise(to - at, rng), bytes.subarray(at)]);
    case 5:
    case 6:
      return withLength(bytes, at, rng);
    default:
      for (let flips = 1 + rng.int(20); flips > 0; flips--) {
        const place = placeIn(bytes, rng);
        bytes[place] ^= 1 << rng.int(8);
      }
      return bytes;
  }
}

/** Headers are where most is decided. */
function placeIn(bytes, rng) {
  return rng.int(rng.chance(0.5) ? Math.min(bytes.length, 600) : bytes.length);
}

function withLength(bytes, at, rng) {
  const place = Math.min(at, bytes.length - 4);
  const value = rng.pick([...LENGTHS, bytes.length, bytes.length + 1, rng.int(2 ** 31)]) >>> 0;
  if (rng.chance(0.3)) bytes.writeUInt16LE(value & 0xffff, place);
  else if (rng.chance(0.5)) bytes.writeUInt32BE(value, place);
  else bytes.writeUInt32LE(value, place);
  return bytes;
}

function noise(length, rng) {
  return Buffer.from(Array.from({ length }, () => rng.int(256)));
}
