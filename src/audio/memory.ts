/**
 * What was made of a file's bytes, kept as long as the bytes are: a clip that is named three hundred times is decoded once. Only bytes that
 * this package read itself count, as no one else can change them in between.
 */
const made = new WeakMap<Uint8Array, Map<string, Promise<unknown>>>();

/** @param bytes of a file, which nobody changes. */
export function markUnchanging(bytes: Uint8Array): void {
  if (!made.has(bytes)) made.set(bytes, new Map());
}

/** @param key all that the value depends on beside the bytes. Failures are not kept. */
export function remember<T>(bytes: Uint8Array, key: string, make: () => Promise<T>): Promise<T> {
  const kept = made.get(bytes);
  if (kept === undefined) return make();
  const before = kept.get(key);
  if (before !== undefined) return before as Promise<T>;
  const value = make();
  kept.set(key, value);
  value.catch(() => kept.delete(key));
  return value;
}
