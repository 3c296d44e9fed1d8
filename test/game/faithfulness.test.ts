import { describe, expect, it } from "vitest";
import { evaluateFaithfulness } from "../../src/game/faithfulness.js";
import { metricNames as metrics } from "../../src/game/metrics.js";
import type { Game } from "../../src/game/types.js";
import { createRng } from "../../src/random.js";
import { additive, gameOf } from "../support/games.js";

const options = (given: { rankings?: number; seed?: number } = {}) => ({
  rankings: given.rankings ?? 30,
  confidence: 0.95,
  rng: createRng(given.seed ?? 1),
});

describe("evaluateFaithfulness", () => {
  it("gives the curves and figures of a game solved by hand", async () => {
    const { explanation, empty, full } = await evaluateFaithfulness(additive([1, 5, 3], 10), Float64Array.of(1, 5, 3), options());
    expect([...explanation.insertionCurve]).toEqual([10, 15, 18, 19]);
    expect([...explanation.deletionCurve]).toEqual([19, 14, 11, 10]);
    expect(explanation.insertion).toBeCloseTo((12.5 + 16.5 + 18.5) / 3, 12);
    expect(explanation.deletion).toBeCloseTo((16.5 + 12.5 + 10.5) / 3, 12);
    // ⌈0.01·3⌉ = … = ⌈0.2·3⌉ = 1 player four times, ⌈0.5·3⌉ = 2 once
    expect(explanation.comprehensiveness).toBeCloseTo((4 * 5 + 8) / 5, 12);
    expect(explanation.sufficiency).toBeCloseTo((4 * 4 + 1) / 5, 12);
    expect([explanation.drop_1, explanation.drop_3, explanation.drop_5]).toEqual([5, 9, 9]);
    expect([empty, full]).toEqual([10, 19]);
  });

  it("finds the true ranking of an additive game better than chance, and as good as leave-one-out", async () => {
    const weights = [0.125, -2, 3, 0.5, 1, -0.375, 0.25, 4];
    const { advantage, random } = await evaluateFaithfulness(additive(weights), Float64Array.from(weights), options());
    expect(random.rankings).toBe(30);
    for (const metric of metrics) {
      expect(advantage[metric].overLeaveOneOut).toBeCloseTo(0, 12);
      expect(advantage[metric].overRandom.low, metric).toBeGreaterThan(0);
    }
  });

  it("finds the ranking turned round worse than chance", async () => {
    const weights = [0.125, -2, 3, 0.5, 1, -0.375, 0.25, 4];
    const { advantage } = await evaluateFaithfulness(
      additive(weights),
      Float64Array.from(weights, (w) => -w),
      options(),
    );
    for (const metric of metrics) expect(advantage[metric].overRandom.high, metric).toBeLessThan(0);
  });

  it("sees what leave-one-out does not: two players that stand in for each other", async () => {
    // 0 and 1 are redundant, worth 3 together; 2 adds 1: leave-one-out ranks 2 first
    const game = gameOf(4, (s) => (s[0] === 1 || s[1] === 1 ? 3 : 0) + (s[2] as number));
    const { advantage, leaveOneOut } = await evaluateFaithfulness(game, Float64Array.of(1.5, 1.5, 1, 0), options());
    expect(leaveOneOut.insertionCurve[1]).toBe(1);
    expect(advantage.insertion.overLeaveOneOut).toBeGreaterThan(0);
  });

  it("scores values as a linear model of coalitions that it has not seen: 1 where the game is that model, whatever its rank order", async () => {
    const weights = [0.125, -2, 3, 0.5, 1, -0.375, 0.25, 4];
    const ofValues = async (values: readonly number[]) =>
      (await evaluateFaithfulness(additive(weights, 7), Float64Array.from(values), options())).explanation;
    expect((await ofValues(weights)).lds).toBeCloseTo(1, 12);
    expect((await ofValues(weights.map((w) => -w))).lds).toBeCloseTo(-1, 12);
    // The same ranking with other sizes has the same curves, and is a worse model.
    const flat = await ofValues([4, 1, 7, 5, 6, 2, 4.5, 8]);
    expect(flat.insertion).toBe((await ofValues(weights)).insertion);
    expect(flat.lds).toBeLessThan(0.99);
    const { explanation, random } = await evaluateFaithfulness(
      gameOf(4, () => 2),
      Float64Array.of(1, 2, 3, 4),
      options(),
    );
    expect([explanation.lds, random.lds]).toEqual([0, 0]);
  });

  it("asks for no coalition twice, and gives the same for the same seed", async () => {
    const inner = additive([1, 2, 3, 4, 5]);
    const seen: string[] = [];
    const game: Game = {
      players: 5,
      evaluate: (coalitions, run) => {
        seen.push(...coalitions.map((coalition) => coalition.join("")));
        return inner.evaluate(coalitions, run);
      },
    };
    const first = await evaluateFaithfulness(game, Float64Array.of(1, 2, 3, 4, 5), options({ seed: 9 }));
    expect(new Set(seen).size).toBe(seen.length);
    expect(await evaluateFaithfulness(game, Float64Array.of(1, 2, 3, 4, 5), options({ seed: 9 }))).toEqual(first);
  });

  it("works with one player, and refuses values of another game", async () => {
    const { explanation } = await evaluateFaithfulness(additive([2]), Float64Array.of(2), options());
    expect(explanation).toMatchObject({ insertion: 1, deletion: 1, comprehensiveness: 2, sufficiency: 0 });
    await expect(evaluateFaithfulness(additive([2]), Float64Array.of(2, 3), options())).rejects.toThrow(/2 values.*1 players/);
  });
});
