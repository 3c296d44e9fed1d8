import { Chalk, type ColorSupportLevel } from "chalk";

export type { ColorSupportLevel };
export type Paint = (text: string) => string;

/** How the view looks at a colour level. Every meaning that a colour carries also stands as a symbol. */
export interface Theme {
  /** A stretch of text shaded by sign and by its share of the largest |value|. */
  heat(share: number): Paint;
  /** Marks and bars: the sign's hue on the terminal's own background. */
  sign(share: number): Paint;
  readonly strong: Paint;
  readonly faint: Paint;
  readonly warn: Paint;
}

type Rgb = readonly [red: number, green: number, blue: number];

/** From weak to strong: muted to vivid at middling lightness, so that white text reads on it whether the terminal is dark or light. */
const RAISES: readonly [Rgb, Rgb] = [
  [126, 98, 88],
  [214, 62, 12],
];
const LOWERS: readonly [Rgb, Rgb] = [
  [88, 104, 126],
  [22, 104, 214],
];
const WHITE: Rgb = [255, 255, 255];

/** Shares of the largest |value| from which on a player has one, two or three marks. */
const STEPS = [0.05, 1 / 3, 2 / 3] as const;

/** @param share value / largest |value|, in [−1, 1]. @returns 0…3 */
export function strength(share: number): number {
  return STEPS.filter((step) => Math.abs(share) >= step).length;
}

/** "⁺", "⁺⁺", "⁺⁺⁺" or the same of "⁻"; "" below the first step. */
export function marks(share: number): string {
  return (share > 0 ? "⁺" : "⁻").repeat(strength(share));
}

export function createTheme(level: ColorSupportLevel): Theme {
  const chalk = new Chalk({ level });
  return {
    heat: (share) => {
      if (strength(share) === 0) return plain;
      // Sixteen colours have no shades: the marks tell the strength.
      if (level === 1) return share > 0 ? chalk.bgRed.whiteBright : chalk.bgBlue.whiteBright;
      return chalk.bgRgb(...mix(share > 0 ? RAISES : LOWERS, Math.abs(share))).rgb(...WHITE);
    },
    sign: (share) => {
      if (share === 0) return plain;
      if (level === 1) return share > 0 ? chalk.red : chalk.blueBright;
      return share > 0 ? chalk.rgb(232, 93, 44) : chalk.rgb(64, 140, 240);
    },
    strong: chalk.bold,
    faint: chalk.dim,
    warn: chalk.yellow,
  };
}

export const plain: Paint = (text) => text;

function mix([weak, strong]: readonly [Rgb, Rgb], share: number): Rgb {
  const at = (i: 0 | 1 | 2) => Math.round(weak[i] + (strong[i] - weak[i]) * share);
  return [at(0), at(1), at(2)];
}
