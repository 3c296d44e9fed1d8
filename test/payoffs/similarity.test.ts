import { describe, expect, test } from "vitest";
import { cosine, euclidean } from "../../src/payoffs/similarity.js";

describe("how two answers are compared", () => {
  test("cosine: 1 along, 0 across, −1 against, whatever the lengths", () => {
    expect(cosine([3, 4], [6, 8])).toBeCloseTo(1, 15);
    expect(cosine([1, 0], [0, 5])).toBe(0);
    expect(cosine([1, 2], [-2, -4])).toBeCloseTo(-1, 15);
    expect(cosine([1, 0], [1, 1])).toBeCloseTo(Math.SQRT1_2, 15);
    expect(cosine(Float32Array.of(1, 0), Float64Array.of(1, 1))).toBeCloseTo(Math.SQRT1_2, 15);
  });

  test("cosine: nothing is like a zero vector, itself included", () => {
    expect(cosine([0, 0], [1, 2])).toBe(0);
    expect(cosine([0, 0], [0, 0])).toBe(0);
  });

  test("euclidean: 1 for equal ones, less with their distance", () => {
    expect(euclidean([1, 2], [1, 2])).toBe(1);
    expect(euclidean([0, 0], [3, 4])).toBe(1 / 6);
    expect(euclidean([3, 4], [0, 0])).toBe(1 / 6);
  });
});
