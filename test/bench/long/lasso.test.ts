import { describe, expect, test } from "vitest";
import { lasso, predict, standardisedLasso } from "../../../bench/long/lasso.js";

/** All coalitions of three players: columns are orthogonal, of variance ¼. */
const rows = Array.from({ length: 8 }, (_, bits) => Uint8Array.from({ length: 3 }, (__, i) => (bits >> i) & 1));
const targets = rows.map((row) => 1 + 4 * (row[0] as number) - 2 * (row[1] as number) + 0.1 * (row[2] as number));

describe("lasso of scaled columns", () => {
  test("shrinks each slope by penalty / sd, and those below it to nothing", () => {
    // Of orthogonal columns: slope = sign · max(0, |least squares| · sd − penalty) / sd, sd = ½.
    const { slopes, intercept } = standardisedLasso(rows, targets, 0.2);
    expect([...slopes].map((slope) => Number(slope.toFixed(10)))).toEqual([3.6, -1.6, 0]);
    const mean = targets.reduce((total, one) => total + one, 0) / targets.length;
    expect(intercept).toBeCloseTo(mean - (3.6 - 1.6) / 2, 10);
  });

  test("without a penalty is least squares", () => {
    const model = standardisedLasso(rows, targets, 0);
    for (const [at, row] of rows.entries()) expect(predict(model, row)).toBeCloseTo(targets[at] as number, 6);
  });

  test("a player that is in every coalition has no slope", () => {
    const always = rows.map((row) => Uint8Array.of(1, ...row));
    expect(standardisedLasso(always, targets, 0.01).slopes[0]).toBe(0);
  });
});

describe("lasso whose penalty is found by folds", () => {
  test("finds who matters", () => {
    const { slopes } = lasso([...rows, ...rows, ...rows], [...targets, ...targets, ...targets]);
    expect(slopes[0]).toBeGreaterThan(3);
    expect(slopes[1]).toBeLessThan(-1);
  });
});
