import { expect, test } from "vitest";
import { normalCdf } from "../../src/math/normal.js";

test("normalCdf has the values of tables, and its complement's", () => {
  const table = [
    [0, 0.5],
    [0.5, 0.691462461274013],
    [1, 0.841344746068543],
    [1.959963984540054, 0.975],
    [3, 0.99865010196837],
  ] as const;
  for (const [z, share] of table) {
    expect(normalCdf(z)).toBeCloseTo(share, 6);
    expect(normalCdf(-z)).toBeCloseTo(1 - share, 6);
  }
  expect(normalCdf(-8) / 6.22096057427178e-16).toBeCloseTo(1, 5);
});
