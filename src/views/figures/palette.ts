import { maxOf, minOf } from "../../util/arrays.js";

export type Rgb = readonly [red: number, green: number, blue: number];
export type Theme = "light" | "dark";

/** Steps of a ramp, from the page's own colour to the colour of the largest |value|. */
export const STEPS = 24;

/** The page on which the ramps begin, what is written on it, and the ground of a value that is as good as 0. */
export const PAGE: Readonly<
  Record<Theme, { readonly page: string; readonly text: string; readonly faint: string; readonly line: string; readonly zero: string }>
> = {
  light: { page: "#ffffff", text: "#1b1d21", faint: "#5c6470", line: "#d5d9df", zero: "#f0f1f4" },
  dark: { page: "#16181b", text: "#e7e8ea", faint: "#9aa1ab", line: "#3a3e45", zero: "#24272c" },
};

/**
 * Anchors of equal distance, each ramp of falling luminance on a light page and of rising luminance on a dark one, so that a print in
 * grey keeps the order of |value|. The two signs run side by side in luminance: a sign is told by marks and hatching, never by grey.
 */
const ANCHORS = {
  light: {
    raises: ["#ffffff", "#ffe6d2", "#ffc08c", "#f98b3e", "#df5a10", "#ab3a02"],
    lowers: ["#ffffff", "#dce9fa", "#abcdf5", "#649fe6", "#2c6fcd", "#10499b"],
  },
  dark: {
    raises: ["#16181b", "#3f2717", "#7a3f19", "#bb5c1d", "#ef8a3e", "#ffbc8a"],
    lowers: ["#16181b", "#1a2d47", "#214c7e", "#2f73bd", "#599eee", "#a9ceff"],
  },
} as const satisfies Record<Theme, Record<"raises" | "lowers", readonly string[]>>;

/** @param share value / largest |value|, in [−1, 1]. @returns the ramp's step, 0 where nothing is to be seen. */
export function stepOf(share: number): number {
  return Math.min(STEPS, Math.round(Math.abs(share) * STEPS));
}

/** Name of the custom property of a share: `r1`…`r24` raise, `l1`…`l24` lower; null where the step is 0. */
export function toneOf(share: number): string | null {
  const step = stepOf(share);
  return step === 0 ? null : `${share > 0 ? "r" : "l"}${step}`;
}

/** The colour of a share on a page. */
export function colourOf(share: number, theme: Theme): Rgb {
  const anchors = ANCHORS[theme][share > 0 ? "raises" : "lowers"];
  const at = (stepOf(share) / STEPS) * (anchors.length - 1);
  const below = Math.min(anchors.length - 2, Math.floor(at));
  const [a, b] = [rgb(anchors[below] as string), rgb(anchors[below + 1] as string)];
  const mix = (i: 0 | 1 | 2) => Math.round(a[i] + (b[i] - a[i]) * (at - below));
  return [mix(0), mix(1), mix(2)];
}

/** What reads best on a colour: black or white, whichever stands out more: one of them always has a contrast of 4.5. */
export function inkOn(colour: Rgb): string {
  const [dark, white] = ["#000000", "#ffffff"] as const;
  return contrast(colour, rgb(dark)) >= contrast(colour, rgb(white)) ? dark : white;
}

/** WCAG 2 contrast ratio, 1 to 21. */
export function contrast(a: Rgb, b: Rgb): number {
  const both = [luminance(a), luminance(b)];
  return (maxOf(both) + 0.05) / (minOf(both) + 0.05);
}

/** Relative luminance, 0 to 1. */
export function luminance([red, green, blue]: Rgb): number {
  const linear = (channel: number): number => {
    const c = channel / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

export function rgb(hex: string): Rgb {
  const number = Number.parseInt(hex.slice(1), 16);
  return [number >> 16, (number >> 8) & 255, number & 255];
}

export function hex([red, green, blue]: Rgb): string {
  return `#${((red << 16) | (green << 8) | blue).toString(16).padStart(6, "0")}`;
}

/** Every custom property of a theme, `--` left out: ramps (`r7`), what is written on them (`r7t`), page, text, faint, line, zero. */
export function properties(theme: Theme): ReadonlyMap<string, string> {
  const all = new Map<string, string>(Object.entries(PAGE[theme]));
  for (const [name, sign] of [
    ["r", 1],
    ["l", -1],
  ] as const) {
    for (let step = 1; step <= STEPS; step++) {
      const colour = colourOf((sign * step) / STEPS, theme);
      all.set(`${name}${step}`, hex(colour));
      all.set(`${name}${step}t`, inkOn(colour));
    }
  }
  return all;
}

/** Markup with `var(--name)` and `currentColor` replaced by a theme's colours: for files that stand alone. */
export function resolved(markup: string, theme: Theme = "light"): string {
  const all = properties(theme);
  return markup
    .replaceAll("currentColor", all.get("text") as string)
    .replace(/var\(--([a-z0-9]+)\)/g, (whole, name: string) => all.get(name) ?? whole);
}
