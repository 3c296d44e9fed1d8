/**
 * What was made of a file's bytes or of a clip's samples, kept as long as these are: a clip that is named three hundred times is decoded once,
 * and has one spectrogram. Only arrays that this package made itself count, as no one else can change them in between.
 */
const made = new WeakMap<object, Map<string, unknown>>();

/** @param array which nobody changes from now on. */
export function markUnchanging(array: Uint8Array | Float32Array): void {
  if (!made.has(array)) made.set(array, new Map());
}

export const isUnchanging = (array: Uint8Array | Float32Array): boolean => made.has(array);

/** @param key all that the value depends on beside the array. Failed promises are not kept. */
export function remember<T>(array: Uint8Array | Float32Array, key: string, make: () => T): T {
  const kept = made.get(array);
  if (kept === undefined) return make();
  if (kept.has(key)) return kept.get(key) as T;
  const value = make();
  kept.set(key, value);
  if (value instanceof Promise) value.catch(() => kept.delete(key));
  return value;
}

const names = new WeakMap<Uint8Array, string>();

/** Gives bytes the name under which notes about them are told. The first name stays, where a file goes by several. */
export function nameAudio(bytes: Uint8Array, name: string): void {
  if (!names.has(bytes)) names.set(bytes, name);
}

/** Notes with the name of the file in front, if it has one. */
export function named(notes: readonly string[], bytes: Uint8Array, name: string | undefined): readonly string[] {
  const prefix = name ?? names.get(bytes);
  return prefix === undefined ? notes : notes.map((note) => `${prefix}: ${note}`);
}
