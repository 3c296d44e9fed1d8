const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  B: 1,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
  TIB: 2 ** 40,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
};

/** A number of bytes, alone or with a unit. */
export const SIZE = /^\s*(\d+(?:\.\d+)?)\s*([KMGT]i?B|B)?\s*$/i;

/** Bytes of a size such as `4096`, `512MiB` or `4 GB`; null where the text is none. */
export function parseSize(text: string): number | null {
  const [, count, unit = ""] = SIZE.exec(text) ?? [];
  return count === undefined ? null : Math.floor(Number(count) * (UNITS[unit.toUpperCase()] ?? Number.NaN));
}
