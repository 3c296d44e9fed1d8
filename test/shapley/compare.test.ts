import { describe, expect, it } from "vitest";
import { ExplainError } from "../../src/errors.js";
import { compare } from "../../src/shapley/compare.js";

const explained = (values: readonly number[], errors: readonly number[] | null = null) => ({
  values: Float64Array.from(values),
  stdErrors: errors === null ? null : Float64Array.from(errors),
});

describe("compare", () => {
  it("tells signs and the largest differences", () => {
    const result = compare(explained([1, -1, 0, 2], [0.3, 0, 0.1, 0.2]), explained([2, -1, 0.5, -2], [0.4, 0, 0.2, 0.3]));
    expect(result.signAgreement).toBe(0.5);
    expect(result.meanAbsoluteDifference).toBeCloseTo(5.5 / 4, 12);
    expect(result.differences.map(({ player, difference }) => [player, difference])).toEqual([
      [3, -4],
      [0, 1],
      [2, 0.5],
      [1, 0],
    ]);
    expect(result.differences[1]?.z).toBeCloseTo(2, 12);
    expect(result.differences[3]?.z).toBeNull();
    expect(compare(explained([1]), explained([2], [1])).differences[0]?.z).toBeNull();
  });

  it("refuses explanations of different players", () => {
    expect(() => compare(explained([1]), explained([1, 2]))).toThrow(ExplainError);
    expect(() => compare(explained([]), explained([]))).toThrow(ExplainError);
  });
});
