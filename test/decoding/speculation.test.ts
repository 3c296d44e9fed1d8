import { describe, expect, test } from "vitest";
import type { Guess } from "../../src/decoding/answer_trie.js";
import { draftOf, draftsPay } from "../../src/decoding/speculation.js";

const guess = (...odds: readonly number[]): Guess => ({ ids: odds.map((_, i) => i), odds });
const rows = (count: number, one: Guess): readonly Guess[] => Array.from({ length: count }, () => one);

describe("how many guessed tokens are fed", () => {
  test("all that were asked for, where every guess is certain", () => {
    for (const count of [1, 4, 16, 64]) expect(draftOf(rows(count, guess(1, 1, 1, 1, 1, 1)), count, false, 4).length).toBe(4);
  });

  test("none where nothing is guessed, and none where no guess holds", () => {
    expect(draftOf(rows(8, guess()), 8, false, 8).length).toBe(0);
    expect(draftOf(rows(8, guess(0, 0, 0)), 8, false, 8).length).toBe(0);
    expect(draftOf([], 0, false, 8).length).toBe(0);
  });

  test("none where less than a step a row would be saved", () => {
    expect(draftOf(rows(16, guess(1)), 16, false, 8).length).toBe(0);
  });

  test("fewer, or as many, the less likely the guesses are", () => {
    let last = Infinity;
    for (const odd of [1, 0.9, 0.7, 0.5, 0.2]) {
      const now = draftOf(rows(16, guess(...Array.from({ length: 12 }, (_, k) => odd ** (k + 1)))), 16, false, 12).length;
      expect(now).toBeLessThanOrEqual(last);
      last = now;
    }
    expect(last).toBe(0);
  });

  test("no more where a wrong guess spoils the state than where it does not", () => {
    for (const odd of [0.99, 0.95, 0.9, 0.8]) {
      const guesses = rows(8, guess(...Array.from({ length: 16 }, (_, k) => odd ** (k + 1))));
      expect(draftOf(guesses, 8, true, 16).length).toBeLessThanOrEqual(draftOf(guesses, 8, false, 16).length);
    }
  });
});

describe("rows that leave a batch to be fed guesses", () => {
  const draft = (count: number, length: number, saved: number) => ({ rows: count, length, saved });

  test("do so where they save many steps, not where their passes cost more", () => {
    expect(draftsPay(32, [draft(8, 6, 48), draft(24, 6, 144)])).toBe(true);
    expect(draftsPay(32, [draft(1, 1, 1)])).toBe(false);
    expect(
      draftsPay(
        32,
        Array.from({ length: 32 }, () => draft(1, 2, 2)),
      ),
    ).toBe(false);
    expect(draftsPay(4, [draft(4, 8, 32)])).toBe(true);
    expect(draftsPay(4, [draft(4, 8, 0)])).toBe(false);
  });
});
