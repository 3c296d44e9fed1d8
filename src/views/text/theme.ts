import { Chalk, type ColorSupportLevel } from "chalk";

import { shade, strength } from "../shared/heat.js";

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

export function createTheme(level: ColorSupportLevel): Theme {
  const chalk = new Chalk({ level });
  return {
    heat: (share) => {
      if (strength(share) === 0) return plain;
      // Sixteen colours have no shades: the marks tell the strength.
      if (level === 1) return share > 0 ? chalk.bgRed.whiteBright : chalk.bgBlue.whiteBright;
      const [red, green, blue] = shade(share);
      return chalk.bgRgb(red, green, blue).rgb(255, 255, 255);
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
