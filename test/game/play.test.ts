import { describe, expect, it } from "vitest";
import type { RunEvent } from "../../src/events.js";
import { coalitionKeyer, formatCoalition } from "../../src/game/coalitions.js";
import { play } from "../../src/game/play.js";
import { stopOf } from "../../src/game/stop.js";
import type { Coalition, Game, Method, Round } from "../../src/game/types.js";
import { createRng } from "../../src/random.js";
import { METHODS } from "../../src/shapley/registry.js";

const exact = METHODS.exact.create;
const permutation = METHODS.permutation.create;

import { noErrorKnown } from "../../src/shapley/uncertainty.js";
import { additive, gameOf, members } from "../support/games.js";

const rng = () => createRng(1);

/** A game that remembers what every call held. */
function spied(game: Game): Game & { readonly calls: string[][] } {
  const calls: string[][] = [];
  return {
    players: game.players,
    calls,
    evaluate: (coalitions, run) => {
      calls.push(coalitions.map((s) => s.join("")));
      return game.evaluate(coalitions, run);
    },
  };
}

/** A method that asks for given rounds and returns what it was told. */
function scripted(rounds: readonly (readonly string[])[], adaptive: boolean): Method<number> & { readonly told: number[][] } {
  const told: number[][] = [];
  return {
    adaptive,
    told,
    *sample(): Generator<Round<number>, void, Float64Array> {
      for (const [design, round] of rounds.entries()) {
        told.push([...(yield { coalitions: round.map((bits) => Uint8Array.from(bits, Number)), design })]);
      }
    },
    estimate: (played) => ({
      values: Float64Array.from(played.rounds.flatMap((round) => [...round.payoffs])),
      ...noErrorKnown("scripted", 0.95),
      biased: false,
    }),
  };
}

describe("play", () => {
  it("asks once for everything, ∅ and N first, repeats once, where the method does not look", async () => {
    const game = spied(additive([1, 2, 4]));
    const method = scripted(
      [
        ["100", "010", "100"],
        ["111", "010", "011"],
      ],
      false,
    );
    const { estimate, spent, played } = await play(game, method, { budget: 8, rng: rng() });
    expect(game.calls).toEqual([["000", "111", "100", "010", "011"]]);
    expect([...estimate.values]).toEqual([1, 2, 1, 7, 2, 6]);
    expect(spent).toEqual({ coalitions: 8, distinct: 5, rounds: 2 });
    expect([played.empty, played.full]).toEqual([0, 7]);
    expect(method.told).toEqual([[], []]);
  });

  it("goes round by round for an adaptive method and tells it the payoffs", async () => {
    const game = spied(additive([1, 2, 4]));
    const method = scripted([["100"], ["010", "100"], ["100"]], true);
    const { spent } = await play(game, method, { budget: 8, rng: rng() });
    expect(game.calls).toEqual([["000", "111", "100"], ["010"]]);
    expect(method.told).toEqual([[1], [2, 1], [1]]);
    expect(spent).toEqual({ coalitions: 6, distinct: 4, rounds: 3 });
  });

  it("plays ∅ and N even where nothing else is asked for", async () => {
    const game = spied(additive([5], 2));
    const { estimate, stoppedBy } = await play(game, exact({ confidence: 0.95 }), { budget: 2, rng: rng() });
    expect(game.calls).toEqual([["0", "1"]]);
    expect(stoppedBy).toBe("enumeration");
    expect([...estimate.values]).toEqual([5]);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])("names the coalition whose payoff is %d", async (payoff) => {
    const game = gameOf(3, (s) => (s.join("") === "101" ? payoff : 0));
    await expect(play(game, exact({ confidence: 0.95 }), { budget: 8, rng: rng() })).rejects.toThrow(
      `the payoff of coalition {0, 2} of 3 players is ${payoff}`,
    );
  });

  it("refuses a game without players, a method that overspends, and a game that answers too little", async () => {
    await expect(
      play(
        gameOf(0, () => 0),
        exact({ confidence: 0.95 }),
        { budget: 8, rng: rng() },
      ),
    ).rejects.toThrow(/no players/);
    await expect(play(additive([1, 2]), scripted([["10"]], false), { budget: 2, rng: rng() })).rejects.toThrow(/3 distinct .* budget of 2/);
    const short: Game = { players: 2, evaluate: async () => new Float64Array(1) };
    await expect(play(short, exact({ confidence: 0.95 }), { budget: 4, rng: rng() })).rejects.toThrow(/1 payoffs for 4/);
  });

  it("stops at the first round whose intervals are narrow enough", async () => {
    const noisy = gameOf(12, (s) => members(s) + Math.sin(members(s) * 5 + 3 * (s[0] as number)));
    const method = permutation({ confidence: 0.95 });
    const loose = await play(noisy, method, { budget: 4_000, rng: rng(), stop: stopOf("20%"), trace: true });
    expect(loose.stoppedBy).toBe("tolerance");
    expect(loose.spent.distinct).toBeLessThan(2_000);
    expect(loose.trace?.at(-1)?.estimate).toEqual(loose.estimate);
    const warnings: RunEvent[] = [];
    const onEvent = (event: RunEvent) => event.kind === "warning" && warnings.push(event);
    const tight = await play(noisy, method, { budget: 3_000, rng: rng(), stop: stopOf(1e-9), onEvent });
    expect(tight.stoppedBy).toBe("budget");
    expect(warnings).toHaveLength(1);
    const drained = await play(noisy, method, { budget: 3_000, rng: rng() });
    expect(tight.estimate).toEqual(drained.estimate);
  });

  it("counts progress over the whole run, the game's own counts included", async () => {
    const events: unknown[] = [];
    const base = additive([1, 2, 4]);
    const game: Game = {
      players: 3,
      evaluate: (coalitions, run) => {
        run.onEvent?.({ kind: "progress", label: "coalitions", done: 1, total: coalitions.length });
        return base.evaluate(coalitions, run);
      },
    };
    await play(game, scripted([["100"], ["010", "001"]], true), {
      budget: 8,
      rng: rng(),
      onEvent: (event) => event.kind === "progress" && events.push([event.done, event.total]),
    });
    expect(events).toEqual([
      [1, 8],
      [3, 8],
      [4, 8],
      [5, 8],
    ]);
  });

  it("ends with the signal", async () => {
    const controller = new AbortController();
    const game: Game = {
      players: 3,
      evaluate: async (coalitions: readonly Coalition[]) => {
        controller.abort(new Error("enough"));
        return new Float64Array(coalitions.length);
      },
    };
    const method = scripted([["100"], ["010"]], true);
    await expect(play(game, method, { budget: 8, rng: rng(), signal: controller.signal })).rejects.toThrow("enough");
  });
});

describe("coalition keys", () => {
  it("tell all coalitions of nine players apart, and 1,000 players by their last", () => {
    const keyOf = coalitionKeyer(9);
    const keys = Array.from({ length: 512 }, (_, bits) => keyOf(Uint8Array.from({ length: 9 }, (_, i) => (bits >> i) & 1)));
    expect(new Set(keys).size).toBe(512);
    const wide = coalitionKeyer(1_000);
    const last = new Uint8Array(1_000);
    last[999] = 1;
    expect(wide(last)).not.toBe(wide(new Uint8Array(1_000)));
    expect(wide(last)).toHaveLength(125);
  });

  it("are written for readers with a limit", () => {
    expect(formatCoalition(Uint8Array.of(1, 0, 1, 1), 2)).toBe("{0, 2, … 1 more} of 4 players");
  });
});
