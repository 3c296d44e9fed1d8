import { describe, expect, test } from "vitest";
import { createRng } from "../../src/random.js";
import { sizeClasses } from "../../src/shapley/size_classes.js";
import { canonicalSide, drawPairs, enumeratePairs, randomSubset, shufflePrefix } from "../../src/shapley/subsets.js";

const bits = (coalition: Uint8Array): string => coalition.join("");

describe("subsets of one size", () => {
  test("all of them, in lexicographic order", () => {
    expect(enumeratePairs(4, 2, false).map(bits)).toEqual(["1100", "1010", "1001", "0110", "0101", "0011"]);
    expect(enumeratePairs(4, 2, true).map(bits)).toEqual(["1100", "1010", "1001"]);
    expect(enumeratePairs(3, 1, false).map(bits)).toEqual(["100", "010", "001"]);
    expect(enumeratePairs(9, 4, false)).toHaveLength(126);
    expect(new Set(enumeratePairs(9, 4, false).map(bits)).size).toBe(126);
  });

  test("drawn at random, every one equally often", () => {
    const rng = createRng(5);
    const counts = new Map<string, number>();
    const draws = 20_000;
    for (let i = 0; i < draws; i++) {
      const key = bits(randomSubset(5, 2, rng));
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual(enumeratePairs(5, 2, false).map(bits).sort());
    const expected = draws / 10;
    const chiSquared = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // The 0.9999 quantile of χ² with 9 degrees of freedom.
    expect(chiSquared).toBeLessThan(33.7);
  });
});

describe("pairs of complements", () => {
  test("stand for themselves by the smaller side, of equal ones by that with player 0", () => {
    expect(bits(canonicalSide(Uint8Array.of(0, 1, 1, 0), 2))).toBe("1001");
    expect(bits(canonicalSide(Uint8Array.of(1, 0, 0, 1), 2))).toBe("1001");
    expect(bits(canonicalSide(Uint8Array.of(0, 1, 0, 0), 1))).toBe("0100");
  });

  test.each([
    [6, 3],
    [7, 3],
    [8, 1],
  ])("of %i players, size %i, are drawn once each, few or all of them", (n, size) => {
    const found = sizeClasses(n).find((one) => one.size === size);
    const stratum = found as NonNullable<typeof found>;
    for (const count of [1, Math.floor(stratum.pairs / 2), stratum.pairs]) {
      const drawn = drawPairs(n, stratum, count, createRng(count));
      expect(new Set(drawn.map(bits)).size).toBe(count);
      for (const side of drawn) {
        expect(side.reduce((sum, member) => sum + member, 0)).toBe(size);
        if (stratum.rowsPerPair === 2) expect(side[0]).toBe(1);
      }
    }
  });
});

test("the first of a shuffle are other items each, and any item may be first", () => {
  const firsts = new Set<number>();
  for (let seed = 0; seed < 200; seed++) {
    const some = shufflePrefix([0, 1, 2, 3, 4], 3, createRng(seed));
    expect(new Set(some).size).toBe(3);
    firsts.add(some[0] as number);
  }
  expect(firsts.size).toBe(5);
});
