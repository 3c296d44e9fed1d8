/** Numbers that a seed determines (mulberry32), so that a case can be made again. */
export function createRng(seed) {
  let state = seed >>> 0;
  const float = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (below) => Math.floor(float() * below);
  return { float, int, pick: (list) => list[int(list.length)], chance: (share) => float() < share };
}
