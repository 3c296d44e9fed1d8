import type { Certainty } from "../shared/certainty.js";
import { toneOf } from "./palette.js";

/**
 * Patterns of values whose sign is not known; the strokes of those that raise rise to the right, of those that lower they fall. Every
 * drawing that fills with `url(#hatch-…)` carries them.
 */
export const HATCHES = `<defs>${(["r", "l"] as const)
  .map(
    (sign) =>
      `<pattern id="hatch-${sign}" width="6" height="6" patternUnits="userSpaceOnUse"><path d="${
        sign === "r" ? "M-1,1l2,-2M0,6l6,-6M5,7l2,-2" : "M-1,5l2,2M0,0l6,6M5,-1l2,2"
      }" stroke="var(--${sign}15)" stroke-width="1.3" fill="none"/></pattern>`,
  )
  .join("")}</defs>`;

/** What fills the shape of a value: its tone, or strokes where its sign is not known. @param share of the largest |value| */
export function fillOf(share: number, certainty: Certainty): string {
  if (certainty !== "sure") return `url(#hatch-${share >= 0 ? "r" : "l"})`;
  const tone = toneOf(share);
  return tone === null ? "var(--line)" : `var(--${tone})`;
}

/** The outline of the same, so that hatched and pale shapes have an edge. */
export function edgeOf(share: number): string {
  return `var(--${share >= 0 ? "r" : "l"}18)`;
}
