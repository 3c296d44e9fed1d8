import { describe, expect, test } from "vitest";
import { leastOf, limitOf } from "../../../bench/real/least.js";

/** Two prompts that start with 1, 2; the whole one is the longer. */
const prompts = [
  [1, 2, 3],
  [1, 2, 4, 3],
];

describe("tokens that any way must compute", () => {
  test("likelihood: starts count once, the last token of the answer is never fed, the whole prompt's answer is generated", () => {
    // Fed: 1 2 | 3 7 8 | 4 3. Stepped behind the whole prompt: 7 8. The 9 is what comes out last.
    expect(leastOf("likelihood", { prompts }, [[7, 8, 9]])).toEqual({ start: 2, fed: 5, stepped: 2, answers: 1 });
  });

  test("generated answers: every prompt's own steps, equal prompts once", () => {
    const twice = { prompts: [...prompts, [1, 2, 4, 3]] };
    expect(leastOf("tfidf", twice, [[7, 8], [9], [9]])).toEqual({ start: 2, fed: 3, stepped: 1, answers: 2 });
  });

  test("one prompt begins with all of itself", () => {
    expect(leastOf("likelihood", { prompts: [[1, 2]] }, [[7]])).toEqual({ start: 2, fed: 0, stepped: 0, answers: 1 });
  });

  test("an answer of one token takes no step", () => {
    expect(leastOf("likelihood", { prompts }, [[7]])).toEqual({ start: 2, fed: 3, stepped: 0, answers: 1 });
  });
});

describe("seconds below which no way can be", () => {
  const stepping = [
    { rows: 1, rate: 10 },
    { rows: 8, rate: 40 },
    { rows: 64, rate: 30 },
  ];
  const rates = { opening: 2, feeding: { first: 100, behind: 50 }, stepping };

  test("opening, feeding and stepping add up", () => {
    expect(limitOf({ start: 200, fed: 150, stepped: 80, answers: 8 }, rates)).toBe(2 + 2 + 3 + 2);
  });

  test("one answer is stepped alone, whatever more rows would bring", () => {
    expect(limitOf({ start: 0, fed: 0, stepped: 80, answers: 1 }, rates)).toBe(2 + 8);
  });

  test("the best batch is taken, not the largest", () => {
    expect(limitOf({ start: 0, fed: 0, stepped: 80, answers: 100 }, rates)).toBe(2 + 2);
  });
});
