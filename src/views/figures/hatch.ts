import type { Certainty } from "../shared/certainty.js";
import { STEPS, toneOf } from "./palette.js";

/** Strokes that rise to the right for what raises, and fall for what lowers: a print in grey keeps the sign. */
const STROKES = { r: "M-1,1l2,-2M0,6l6,-6M5,7l2,-2", l: "M-1,5l2,2M0,0l6,6M5,-1l2,2" } as const;

/**
 * Patterns of values whose sign is not known: the tone of their size, with strokes. Every figure that fills with `url(#hatch-…)` carries them.
 * @param used markup that names them; others are left out. @default all
 */
export function hatches(used?: string): string {
  const tones = (["r", "l"] as const).flatMap((sign) => Array.from({ length: STEPS + 1 }, (_, step) => ({ sign, step })));
  const patterns = tones
    .filter(({ sign, step }) => used === undefined || used.includes(`#hatch-${sign}${step})`))
    .map(({ sign, step }) => {
      const ground = step === 0 ? "" : `<rect width="6" height="6" fill="var(--${sign}${step})" fill-opacity="0.55"/>`;
      const stroke = step === 0 ? "var(--line)" : "var(--page)";
      return `<pattern id="hatch-${sign}${step}" width="6" height="6" patternUnits="userSpaceOnUse">${ground}<path d="${STROKES[sign]}" stroke="${stroke}" stroke-width="1.6" fill="none"/></pattern>`;
    });
  return `<defs>${patterns.join("")}</defs>`;
}

/** From stroke to stroke across them, in pixels: the patterns' strokes are 1.6 of these 3√2 wide. */
const ACROSS = { r: 'x2="3" y2="3"', l: 'x2="3" y2="-3"' } as const;
const STROKE_SHARE = (1.6 / Math.hypot(3, 3)).toFixed(3);

/**
 * The same for pages, as gradients that repeat: a browser prints each shape filled with a pattern as an image of the whole sheet (10 MB for eight
 * players), these as they are. Their ground is opaque, for the same reason.
 */
export function hatchGradients(): string {
  const gradients = (["r", "l"] as const).flatMap((sign) =>
    Array.from({ length: STEPS + 1 }, (_, step) => {
      const ground = step === 0 ? "var(--page)" : `color-mix(in srgb, var(--${sign}${step}) 55%, var(--page))`;
      const stroke = step === 0 ? "var(--line)" : "var(--page)";
      const stops = [
        [0, stroke],
        [STROKE_SHARE, stroke],
        [STROKE_SHARE, ground],
        [1, ground],
      ].map(([offset, colour]) => `<stop offset="${offset}" stop-color="${colour}"/>`);
      return `<linearGradient id="hatch-${sign}${step}" gradientUnits="userSpaceOnUse" x1="0" y1="0" ${ACROSS[sign]} spreadMethod="repeat">${stops.join("")}</linearGradient>`;
    }),
  );
  return `<defs>${gradients.join("")}</defs>`;
}

/** What fills the shape of a value: its tone, with strokes where its sign is not known. @param share of the largest |value| */
export function fillOf(share: number, certainty: Certainty): string {
  const tone = toneOf(share);
  if (certainty !== "sure") return `url(#hatch-${tone ?? (share >= 0 ? "r0" : "l0")})`;
  return tone === null ? "var(--zero)" : `var(--${tone})`;
}

/** What is drawn on that fill. */
export function inkOf(share: number, certainty: Certainty): string {
  const tone = toneOf(share);
  return certainty !== "sure" || tone === null ? "currentColor" : `var(--${tone}t)`;
}

/** The outline of the same, so that hatched and pale shapes have an edge. */
export function edgeOf(share: number): string {
  return `var(--${share >= 0 ? "r" : "l"}18)`;
}
