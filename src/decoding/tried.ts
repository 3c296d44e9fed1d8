import type { DecoderIo, SoundInput } from "./discover.js";
import type { Embed } from "./graph.js";

/** Positions of the tried tokens that are rows of sound, where a graph takes any: two rows of five tokens have two and three, on either side of every cut that is tried. */
const HEARD = [1, 3, 5, 6, 9];

/** Ten ids to try a decoder with, none of which stands for something else. */
export function triedTokens({ sound }: Pick<DecoderIo, "sound">, vocabulary: number): Int32Array {
  const apart = new Set(sound === null ? [] : [sound.placeholder, ...sound.unfedIds]);
  return Int32Array.from({ length: 10 }, (_, i) => {
    if (sound !== null && HEARD.includes(i)) return -1 - i;
    let id = (i * 7 + 3) % vocabulary;
    while (apart.has(id)) id = (id + 1) % vocabulary;
    return id;
  });
}

/** Rows of sound to try it with, another for each id, of the size that embeddings of words have behind a norm. */
export const triedRows =
  ({ hidden }: SoundInput): Embed =>
  (ids) =>
    Float32Array.from({ length: ids.length * hidden }, (_, i) => Math.sin((1 + (i % hidden)) * (ids[Math.floor(i / hidden)] ?? 0) * 0.7));
