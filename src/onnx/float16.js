// @ts-check
/** Plain JavaScript, since the runtime's thread needs it too (host.js). */

/**
 * @param {ArrayBufferView} data
 * @returns {Uint16Array} its bit patterns, in the same memory.
 */
export function halfBits(data) {
  return data instanceof Uint16Array ? data : new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2);
}

/**
 * onnxruntime-common wants its runtime's `Float16Array` where there is one, and bit patterns where there is none.
 * @param {Uint16Array} bits
 * @returns {Uint16Array} in the same memory.
 */
export function halfBuffer(bits) {
  const { Float16Array: Native } =
    /** @type {{Float16Array?: new (buffer: ArrayBufferLike, offset: number, length: number) => unknown}} */ (globalThis);
  return Native === undefined ? bits : /** @type {Uint16Array} */ (new Native(bits.buffer, bits.byteOffset, bits.length));
}
