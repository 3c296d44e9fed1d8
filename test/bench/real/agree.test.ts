import { describe, expect, test } from "vitest";
import { requireSame } from "../../../bench/real/agree.js";
import type { Found } from "../../../bench/real/ways.js";

const work = { name: "a work", payoff: "likelihood" } as const;
/** Two players: v = 0, 1, 2, 5, so that φ = (2, 3). */
const values = [0, 1, 2, 5];
const answers = [[7, 8, 9]];
const loop: Found = { tokens: 3, whole: 5, loop: { answers, values } };
const own: Found = { tokens: 3, whole: 5, shapley: [2, 3] };

describe("ways that are compared", () => {
  test("may differ by rounding", () => {
    const near = { answers, values: values.map((value) => value + 5e-5) };
    expect(() => requireSame(work, [own, loop, { tokens: 3, whole: 5.00005, loop: near }])).not.toThrow();
  });

  test.each([
    ["the answer's length", { ...loop, tokens: 4 }, "answers or wholes"],
    ["the whole conversation's value", { ...loop, whole: 5.1 }, "answers or wholes"],
    ["an answer", { ...loop, loop: { answers: [[7, 8, 0]], values } }, "answers of the loops"],
    ["a coalition's payoff", { ...loop, loop: { answers, values: [0, 1.1, 2, 5] } }, "payoffs of the loops"],
    ["how many coalitions there are", { ...loop, loop: { answers, values: [0, 5] } }, "payoffs of the loops"],
  ])("may not differ in %s", (_, other, what) => {
    expect(() => requireSame(work, [own, loop, other])).toThrow(`a work: the ways differ in ${what}`);
  });

  test("our Shapley values must be those of the loops' payoffs", () => {
    expect(() => requireSame(work, [{ ...own, shapley: [2.5, 2.5] }, loop])).toThrow("a work: the ways differ in Shapley values");
  });

  test("payoffs of generated answers are how like they are to the whole conversation's", () => {
    const generated = { name: "a work", payoff: "tfidf" } as const;
    // The first player alone decides between two answers without a term in common: v = 0, 1, 0, 1.
    const told: Found = { tokens: 1, whole: 1, loop: { answers: [[7], [8], [7], [8]], values: [1, 1, 1, 1] } };
    expect(() => requireSame(generated, [{ tokens: 1, whole: 1, shapley: [1, 0] }, told])).not.toThrow();
    expect(() => requireSame(generated, [{ tokens: 1, whole: 1, shapley: [0, 1] }, told])).toThrow("differ in Shapley values");
  });
});
