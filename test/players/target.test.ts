import { describe, expect, it } from "vitest";
import { targetSpan } from "../../src/players/target.js";

const TOKENS = ["It", " is", " Pa", "ris", ",", " not", " Paris", "-", "Plage", "<|end|>"];
const steps = {
  answer: { text: "It is Paris, not Paris-Plage", generatedModalityFlag: TOKENS.map(() => 0) },
  tokens: TOKENS,
  frameSeconds: null,
};

describe("targetSpan", () => {
  it("finds a text's tokens, those that hold a part of it too", () => {
    expect(targetSpan(steps, { text: "Paris", occurrence: 1 })).toEqual({ from: 2, to: 4 });
    expect(targetSpan(steps, { text: "Paris", occurrence: 2 })).toEqual({ from: 6, to: 7 });
    expect(targetSpan(steps, { text: "is Paris," })).toEqual({ from: 1, to: 5 });
    expect(targetSpan(steps, { text: "ari", occurrence: 1 })).toEqual({ from: 2, to: 4 });
    expect(targetSpan(steps, { text: "<|end|>" })).toEqual({ from: 9, to: 10 });
  });

  it("takes a range of steps", () => {
    expect(targetSpan(steps, { steps: [8, 10] })).toEqual({ from: 8, to: 10 });
    expect(() => targetSpan(steps, { steps: [8, 11] })).toThrow(
      "explain.target: the answer has 10 steps, so that [8, 11) is no part of it: valid are [0, 10)",
    );
  });

  it("says what the answer is where a text does not stand in it, or stands there more than once", () => {
    expect(() => targetSpan(steps, { text: "Lyon" })).toThrow(
      'explain.target: "Lyon" does not stand in the answer: it is "It is Paris, not Paris-Plage"',
    );
    expect(() => targetSpan(steps, { text: "paris-plage" })).toThrow('(upper and lower case matter: "Paris-Plage")');
    expect(() => targetSpan(steps, { text: "Paris" })).toThrow(
      'explain.target: "Paris" stands in the answer 2 times; say which with occurrence: 1 … 2',
    );
    expect(() => targetSpan(steps, { text: "Paris", occurrence: 3 })).toThrow(
      'explain.target: there is no occurrence 3 of "Paris"; valid are 1 … 2',
    );
  });
});
