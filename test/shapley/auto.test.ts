import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { play } from "../../src/game/play.js";
import { quantile } from "../../src/math/quantile.js";
import { createRng } from "../../src/random.js";
import { AUTO } from "../../src/shapley/auto.js";
import { METHODS } from "../../src/shapley/registry.js";
import { shapleyValues } from "../../src/shapley/table.js";
import { tableGame } from "../support/games.js";

const GAMES = new URL("../../fixtures/games/", import.meta.url);
const SEEDS = 4;

/** Recorded games of a folder: all payoffs by bit pattern, and their Shapley values. */
function recorded(folder: string) {
  const names = readdirSync(new URL(folder, GAMES)).filter((name) => name.endsWith(".json") && name !== "specs.json");
  return names.map((name) => {
    const { players, payoffs } = JSON.parse(readFileSync(new URL(folder + name, GAMES), "utf8"));
    const bytes = Buffer.from(payoffs, "base64");
    const table = Float64Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readFloatLE(4 * at));
    return { n: players.length as number, table, truth: shapleyValues(table, players.length) };
  });
}

async function medianError(name: "proxy" | "permutation", games: ReturnType<typeof recorded>, multiple: number): Promise<number> {
  const errors: number[] = [];
  for (const { n, table, truth } of games) {
    for (let seed = 0; seed < SEEDS; seed++) {
      const options = { budget: multiple * n, rng: createRng(seed) };
      const { estimate } = await play(tableGame(n, table), METHODS[name].create({ confidence: 0.95 }), options);
      errors.push(Math.hypot(...estimate.values.map((value, i) => value - (truth[i] as number))) / Math.hypot(...truth));
    }
  }
  return quantile(Float64Array.from(errors).sort(), 0.5);
}

describe("auto takes a surrogate where not all coalitions can be played", () => {
  it.each([
    ["smollm2/", 2],
    ["smollm2/", 3],
    ["", 3],
  ] as const)("which has the smaller error than whole orders, on the games of fixtures/games/%s at %dn", async (folder, multiple) => {
    const games = recorded(folder);
    expect(AUTO.choose(14, multiple * 14)).toBe(METHODS.proxy);
    expect(await medianError("proxy", games, multiple)).toBeLessThan(await medianError("permutation", games, multiple));
  });

  it("with more players than coalitions too", () => {
    expect(AUTO.choose(100, 50)).toBe(METHODS.proxy);
    expect(AUTO.choose(5, 32)).toBe(METHODS.exact);
  });
});
