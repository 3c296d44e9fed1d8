export type Rgb = readonly [red: number, green: number, blue: number];

/** Shares of the largest |value| from which on a player has one, two or three marks. */
const STEPS = [0.05, 1 / 3, 2 / 3] as const;

/** From weak to strong: muted to vivid at middling lightness, so that white text reads on it whether the page is dark or light. */
const RAISES: readonly [Rgb, Rgb] = [
  [126, 98, 88],
  [214, 62, 12],
];
const LOWERS: readonly [Rgb, Rgb] = [
  [88, 104, 126],
  [22, 104, 214],
];

export const LEGEND = "⁺ raises, ⁻ lowers the payoff; ⁺⁺ from 1/3, ⁺⁺⁺ from 2/3 of the largest value, unmarked below 5 %";
export const ALL_ZERO = "Every value is 0: nothing that was left out changed the payoff.";

/** @param share value / largest |value|, in [−1, 1]. @returns 0…3 */
export function strength(share: number): number {
  return STEPS.filter((step) => Math.abs(share) >= step).length;
}

/** "⁺", "⁺⁺", "⁺⁺⁺" or the same of "⁻"; "" below the first step. */
export function marks(share: number): string {
  return (share > 0 ? "⁺" : "⁻").repeat(strength(share));
}

/** What stands behind a player of this share. */
export function shade(share: number): Rgb {
  const [weak, strong] = share > 0 ? RAISES : LOWERS;
  const at = (i: 0 | 1 | 2) => Math.round(weak[i] + (strong[i] - weak[i]) * Math.abs(share));
  return [at(0), at(1), at(2)];
}
