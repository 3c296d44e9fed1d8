import { describe, expect, test } from "vitest";
import { type ColorChoice, colorLevelOf } from "../../src/cli/color.js";

const XTERM = { TERM: "xterm-256color" };
const TRUE = { TERM: "xterm", COLORTERM: "truecolor" };

describe("colorLevelOf", () => {
  test.each<[ColorChoice, boolean, NodeJS.ProcessEnv, number]>([
    ["auto", true, TRUE, 3],
    ["auto", true, XTERM, 2],
    ["auto", false, TRUE, 0],
    ["auto", true, { TERM: "dumb" }, 0],
    ["auto", true, { ...TRUE, NO_COLOR: "1" }, 0],
    ["auto", true, { ...TRUE, NO_COLOR: "" }, 3],
    ["auto", false, { ...TRUE, FORCE_COLOR: "1" }, 3],
    ["auto", false, { TERM: "dumb", FORCE_COLOR: "true" }, 1],
    ["auto", false, { TERM: "dumb", FORCE_COLOR: "3" }, 3],
    ["auto", true, { ...TRUE, FORCE_COLOR: "0" }, 0],
    ["auto", false, { ...TRUE, FORCE_COLOR: "3", NO_COLOR: "1" }, 0],
    ["always", false, { ...TRUE, NO_COLOR: "1" }, 3],
    ["always", false, { TERM: "dumb" }, 1],
    ["always", false, { ...XTERM, FORCE_COLOR: "0" }, 2],
    ["never", true, { ...TRUE, FORCE_COLOR: "3" }, 0],
  ])("%s, on a terminal: %s, %j: %i", (choice, isTerminal, env, level) => {
    expect(colorLevelOf(choice, isTerminal, env)).toBe(level);
  });
});
