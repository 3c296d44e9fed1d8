// Games as tables of 2^n payoffs, bit i of a position = player i is in: recorded conversations and synthetic ones.
import { readdirSync, readFileSync } from "node:fs";
import { createRng } from "../dist/random.js";
import { shapleyValues } from "../dist/shapley/table.js";

const folder = new URL("../fixtures/games/", import.meta.url);

/** @returns {{name: string, kind: "recorded" | "smollm2" | "synthetic", n: number, table: Float64Array, truth: Float64Array}[]} */
export function loadGames() {
  return [...recordedGames(), ...recordedGames("smollm2"), ...syntheticGames()].map((game) => ({
    ...game,
    truth: shapleyValues(game.table, game.n),
  }));
}

/** @param of whose games: the embedded models' where it is left out */
export function recordedGames(of = "") {
  const place = new URL(of === "" ? "." : `${of}/`, folder);
  const names = readdirSync(place).filter((name) => name.endsWith(".json") && name !== "specs.json");
  return names.sort().map((file) => {
    const { players, payoffs } = JSON.parse(readFileSync(new URL(file, place), "utf8"));
    const bytes = Buffer.from(payoffs, "base64");
    const table = Float64Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readFloatLE(4 * at));
    return { name: file.replace(".json", ""), kind: of === "" ? "recorded" : of, n: players.length, table };
  });
}

/** Random payoffs, and games with structure: a bent sum, a few large interactions, needs of different cost. */
function syntheticGames() {
  return [8, 10, 12, 14].flatMap((n) => {
    const rng = createRng(`synthetic ${n}`);
    const weights = Array.from({ length: n }, () => rng.float() ** 3);
    const needs = Array.from({ length: 6 }, () => ({
      core: Math.floor(rng.float() * 2 ** n) & Math.floor(rng.float() * 2 ** n),
      worth: rng.float(),
    }));
    const sum = (bits) => weights.reduce((total, weight, i) => total + weight * ((bits >> i) & 1), 0);
    const table = (payoff) => Float64Array.from({ length: 2 ** n }, (_, bits) => payoff(bits));
    return [
      { name: `random-${n}`, table: table(() => rng.float()) },
      { name: `bent-sum-${n}`, table: table((bits) => Math.tanh(sum(bits) / 2)) },
      {
        name: `needs-${n}`,
        table: table((bits) => needs.reduce((total, { core, worth }) => total + ((bits & core) === core ? worth : 0), 0)),
      },
      { name: `airport-${n}`, table: table((bits) => weights.reduce((max, weight, i) => Math.max(max, ((bits >> i) & 1) * weight), 0)) },
    ].map((game) => ({ ...game, kind: "synthetic", n }));
  });
}

/** The game of a table, as `play` wants it. */
export function gameOf(n, table) {
  return {
    players: n,
    evaluate: async (coalitions) =>
      Float64Array.from(coalitions, (coalition) => {
        let bits = 0;
        for (let i = 0; i < n; i++) bits |= coalition[i] << i;
        return table[bits];
      }),
  };
}
