import { byteAt } from "../../../util/elements.js";
import { ascii, viewOf } from "../bytes.js";

/** Variable-length integer (RFC 8794, 4). @param marked whether the length mark stays in the value, as in element ids. */
export function readVint(bytes: Uint8Array, at: number, marked: boolean): { readonly value: number; readonly length: number } | null {
  const first = bytes[at];
  if (first === undefined || first === 0) return null;
  const length = Math.clz32(first) - 23;
  if (at + length > bytes.length) return null;
  let value = marked ? first : first & (2 ** (8 - length) - 1);
  let unknown = !marked && value === 2 ** (8 - length) - 1;
  for (let i = 1; i < length; i++) {
    const byte = byteAt(bytes, at + i);
    unknown &&= byte === 255;
    value = value * 256 + byte;
  }
  // All ones: the size is not known.
  return { value: unknown ? Number.POSITIVE_INFINITY : value, length };
}

/** An EBML element; `end` is infinite where the writer did not know its size. */
export interface Element {
  readonly id: number;
  readonly start: number;
  readonly end: number;
}

/** null where no element stands at `at`. */
export function elementAt(bytes: Uint8Array, at: number): Element | null {
  const id = readVint(bytes, at, true);
  const size = id === null || id.length > 4 ? null : readVint(bytes, at + id.length, false);
  if (id === null || size === null) return null;
  const start = at + id.length + size.length;
  return { id: id.value, start, end: start + size.value };
}

export function uintOf(bytes: Uint8Array, { start, end }: Element): number {
  let value = 0;
  for (let i = start; i < Math.min(end, start + 8, bytes.length); i++) value = value * 256 + byteAt(bytes, i);
  return value;
}

export function intOf(bytes: Uint8Array, element: Element): number {
  const bits = 8 * (element.end - element.start);
  const value = uintOf(bytes, element);
  return bits > 0 && value >= 2 ** (bits - 1) ? value - 2 ** bits : value;
}

export function floatOf(bytes: Uint8Array, { start, end }: Element): number {
  const view = viewOf(bytes);
  return end - start === 4 ? view.getFloat32(start) : end - start === 8 ? view.getFloat64(start) : 0;
}

export function textOf(bytes: Uint8Array, { start, end }: Element): string {
  return (ascii(bytes, start, Math.min(end - start, 200)).split("\0")[0] as string).trim();
}
