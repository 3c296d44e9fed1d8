export function ascii(bytes: Uint8Array, start: number, length: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1", start, start + length);
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  if (first !== undefined && parts.length === 1) return first;
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Where `tag` (ASCII) first stands in `[from, to)`; −1 where it does not. */
export function findAscii(bytes: Uint8Array, tag: string, from: number, to = bytes.length): number {
  const at = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(to, bytes.length)).indexOf(tag, from, "latin1");
  return at;
}
