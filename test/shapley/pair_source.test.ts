import { describe, expect, it } from "vitest";
import { createRng } from "../../src/random.js";
import { pairSource } from "../../src/shapley/pair_source.js";
import { type SizeClass, sizeClasses } from "../../src/shapley/size_classes.js";

const bits = (side: Uint8Array): string => side.join("");
const classOf = (n: number, size: number): SizeClass => sizeClasses(n).find((one) => one.size === size) as SizeClass;

describe("pairSource", () => {
  // 1,716 pairs of halves are listed; of 6,188 drawn ones the rest is listed once half are taken.
  it.each([
    [14, 7],
    [17, 5],
  ])("of %i players, size %i, gives every pair once", (n, size) => {
    const sizeClass = classOf(n, size);
    const source = pairSource(n, sizeClass, createRng(1));
    const taken = new Set<string>();
    for (let count = 0; count < sizeClass.pairs; count++) {
      const candidates = source.candidates(3);
      expect(new Set(candidates.map(bits)).size).toBe(candidates.length);
      const side = source.take(candidates, candidates.length - 1);
      expect(side).toBe(candidates.at(-1));
      expect(taken.has(bits(side))).toBe(false);
      taken.add(bits(side));
      if (sizeClass.rowsPerPair === 2) expect(side[0]).toBe(1);
    }
    expect(taken.size).toBe(sizeClass.pairs);
    expect(source.candidates(3)).toHaveLength(0);
  });

  it("gives no more candidates than are left", () => {
    const source = pairSource(5, classOf(5, 1), createRng(1));
    expect(source.candidates(100)).toHaveLength(5);
  });
});
