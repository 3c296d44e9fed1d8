import { WriteStream } from "node:tty";
import { Option } from "commander";
import type { ColorSupportLevel } from "../views/text/theme.js";

export const COLOR_CHOICES = ["auto", "always", "never"] as const;
export type ColorChoice = (typeof COLOR_CHOICES)[number];

export interface ColorFlags {
  readonly color?: ColorChoice;
}

export function colorOption(): Option {
  return new Option("--color <when>", "colours on standard output: auto is on a terminal, unless NO_COLOR says no or FORCE_COLOR yes")
    .choices(COLOR_CHOICES)
    .default("auto");
}

/** Colours by bits, as Node counts them. */
const LEVELS: Readonly<Record<number, ColorSupportLevel>> = { 1: 0, 4: 1, 8: 2, 24: 3 };

/**
 * How many colours standard output gets. A flag goes before the environment, NO_COLOR (https://no-color.org: any non-empty value) before
 * FORCE_COLOR (0 to 3, or true), that before what the stream is.
 */
export function colorLevelOf(choice: ColorChoice, isTerminal: boolean, env: NodeJS.ProcessEnv): ColorSupportLevel {
  if (choice === "never") return 0;
  const able = abilityOf(env);
  if (choice === "always") return able === 0 ? 1 : able;
  if ((env.NO_COLOR ?? "") !== "") return 0;
  const forced = env.FORCE_COLOR;
  if (forced === undefined) return isTerminal ? able : 0;
  if (forced === "0" || forced === "false") return 0;
  const least = forced === "2" ? 2 : forced === "3" ? 3 : 1;
  return Math.max(least, able) as ColorSupportLevel;
}

/** What the terminal says it can show, whatever is wished for. */
function abilityOf(env: NodeJS.ProcessEnv): ColorSupportLevel {
  const { FORCE_COLOR: _, NO_COLOR: __, NODE_DISABLE_COLORS: ___, ...plain } = env;
  return LEVELS[WriteStream.prototype.getColorDepth(plain)] ?? 0;
}
