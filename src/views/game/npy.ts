/** Bytes that the head of an array is filled up to a multiple of. */
const ALIGNED = 64;

/**
 * One array in NumPy's format (version 1.0).
 * @param type as NumPy writes it, such as `<f8`.
 * @param shape none for a single number.
 * @param data its numbers, the last axis running fastest.
 */
export function npy(type: string, shape: readonly number[], data: Uint8Array): Uint8Array {
  const axes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const facts = `{'descr': '${type}', 'fortran_order': False, 'shape': (${axes}), }`;
  const opening = Buffer.from([0x93, ...Buffer.from("NUMPY"), 1, 0, 0, 0]);
  const filled = Math.ceil((opening.length + facts.length + 1) / ALIGNED) * ALIGNED - opening.length;
  opening.writeUInt16LE(filled, 8);
  return Buffer.concat([opening, Buffer.from(`${facts.padEnd(filled - 1)}\n`, "latin1"), data]);
}
