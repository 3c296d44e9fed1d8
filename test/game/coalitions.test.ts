import fc from "fast-check";
import { expect, test } from "vitest";
import { coalitionKeyer, complement, formatCoalition, membersOf, sizeOf } from "../../src/game/coalitions.js";

const pair = fc.integer({ min: 1, max: 40 }).chain((n) => {
  const one = fc.array(fc.integer({ min: 0, max: 1 }), { minLength: n, maxLength: n }).map((bits) => Uint8Array.from(bits));
  return fc.tuple(one, one);
});

test("keys are equal where coalitions are, and nowhere else", () => {
  fc.assert(
    fc.property(pair, ([a, b]) => {
      const keyOf = coalitionKeyer(a.length);
      expect(keyOf(a) === keyOf(b)).toBe(String(a) === String(b));
      expect(keyOf(a)).toBe(coalitionKeyer(a.length)(a.slice()));
    }),
  );
});

test("a thousand players are as many keys as there are players", () => {
  const keyOf = coalitionKeyer(1000);
  const keys = Array.from({ length: 1000 }, (_, player) => keyOf(new Uint8Array(1000).fill(1, player, player + 1)));
  expect(new Set(keys).size).toBe(1000);
  expect(keys[0]).toHaveLength(125);
});

test("members, size and complement are those of sets", () => {
  fc.assert(
    fc.property(pair, ([a]) => {
      const inside = new Set(membersOf(a));
      expect(sizeOf(a)).toBe(inside.size);
      expect(membersOf(complement(a))).toEqual([...a.keys()].filter((player) => !inside.has(player)));
    }),
  );
});

test("is written as a reader would write it", () => {
  expect(formatCoalition(Uint8Array.of(1, 0, 0, 1))).toBe("{0, 3} of 4 players");
  expect(formatCoalition(new Uint8Array(3))).toBe("{} of 3 players");
  expect(formatCoalition(new Uint8Array(5).fill(1), 2)).toBe("{0, 1, … 3 more} of 5 players");
});
