import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import type { Game } from "../../src/game/types.js";
import { createRng } from "../../src/random.js";
import { shapleyValues } from "../../src/shapley/table.js";
import { inRepository } from "../shared/root.js";

/** Whose payoffs: the embedded models', SmolLM2-135M-Instruct's, or a formula's. */
export const GAME_KINDS = ["recorded", "smollm2", "synthetic"] as const;
export type GameKind = (typeof GAME_KINDS)[number];

/** A game as the table of its 2^n payoffs; bit i of a position = player i is in. */
export interface TableGame {
  readonly name: string;
  readonly kind: GameKind;
  readonly n: number;
  /** What players say; "" of synthetic games. */
  readonly texts: readonly string[];
  readonly table: Float64Array;
  /** Exact Shapley values. */
  readonly truth: Float64Array;
}

type Untold = Omit<TableGame, "truth">;

/** Recorded conversations and synthetic games. @param most players at most */
export function loadGames(most: number): readonly TableGame[] {
  const games = [
    ...recordedGames("recorded", "fixtures/games/"),
    ...recordedGames("smollm2", "fixtures/games/smollm2/"),
    ...syntheticGames(),
  ].filter(({ n }) => n <= most);
  return games.map((game) => ({ ...game, truth: shapleyValues(game.table, game.n) }));
}

/** What scripts/record-games.mjs wrote. */
interface Recording {
  readonly players: readonly { readonly text: string }[];
  /** float32, little-endian, base64 */
  readonly payoffs: string;
}

function recordedGames(kind: GameKind, path: string): readonly Untold[] {
  const folder = inRepository(path);
  const files = readdirSync(folder).filter((name) => name.endsWith(".json") && name !== "specs.json");
  return files.sort().map((file) => readRecorded(new URL(file, folder), kind));
}

/** SmolLM2's. */
export function recordedGame(file: URL): TableGame {
  const game = readRecorded(file, "smollm2");
  return { ...game, truth: shapleyValues(game.table, game.n) };
}

function readRecorded(file: URL, kind: GameKind): Untold {
  const { players, payoffs } = JSON.parse(readFileSync(file, "utf8")) as Recording;
  const bytes = Buffer.from(payoffs, "base64");
  const table = Float64Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readFloatLE(4 * at));
  return { name: basename(file.pathname, ".json"), kind, n: players.length, texts: players.map(({ text }) => text), table };
}

/** Random payoffs, and games with structure: a bent sum, a few large interactions, needs of different cost. */
function syntheticGames(): readonly Untold[] {
  return [8, 10, 12, 14].flatMap((n) => {
    const rng = createRng(`synthetic ${n}`);
    const weights = Array.from({ length: n }, () => rng.float() ** 3);
    const needs = Array.from({ length: 6 }, () => ({
      core: Math.floor(rng.float() * 2 ** n) & Math.floor(rng.float() * 2 ** n),
      worth: rng.float(),
    }));
    const inside = (bits: number, i: number): number => (bits >> i) & 1;
    const sum = (bits: number): number => weights.reduce((total, weight, i) => total + weight * inside(bits, i), 0);
    const game = (name: string, payoff: (bits: number) => number): Untold => {
      return {
        name: `${name}-${n}`,
        kind: "synthetic",
        n,
        texts: [],
        table: Float64Array.from({ length: 2 ** n }, (_, bits) => payoff(bits)),
      };
    };
    return [
      game("random", () => rng.float()),
      game("bent-sum", (bits) => Math.tanh(sum(bits) / 2)),
      game("needs", (bits) => needs.reduce((total, { core, worth }) => total + ((bits & core) === core ? worth : 0), 0)),
      game("airport", (bits) => weights.reduce((most, weight, i) => Math.max(most, inside(bits, i) * weight), 0)),
    ];
  });
}

/** The game of a table, as `play` wants it. */
export function gameOf({ n, table }: TableGame): Game {
  return {
    players: n,
    evaluate: async (coalitions) =>
      Float64Array.from(coalitions, (coalition) => table[coalition.reduce((bits, inside, i) => bits | (inside << i), 0)] as number),
  };
}
