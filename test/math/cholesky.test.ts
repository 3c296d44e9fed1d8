import { describe, expect, test } from "vitest";
import { cholesky, choleskyInverse, choleskySolve } from "../../src/math/cholesky.js";
import { createRng } from "../../src/random.js";

/** M Mᵀ + I of a random M: positive definite. */
function definite(n: number, seed: number): Float64Array {
  const rng = createRng(seed);
  const m = Float64Array.from({ length: n * n }, () => rng.float() - 0.5);
  return product(m, transpose(m, n), n).map((value, at) => value + (at % (n + 1) === 0 ? 1 : 0));
}

function transpose(a: Float64Array, n: number): Float64Array {
  return a.map((_, at) => a[(at % n) * n + Math.floor(at / n)] as number);
}

function product(a: Float64Array, b: Float64Array, n: number): Float64Array {
  return a.map((_, at) => {
    let sum = 0;
    for (let k = 0; k < n; k++) sum += (a[Math.floor(at / n) * n + k] as number) * (b[k * n + (at % n)] as number);
    return sum;
  });
}

function farthest(a: Float64Array, b: Float64Array): number {
  return a.reduce((most, value, at) => Math.max(most, Math.abs(value - (b[at] as number))), 0);
}

describe("Cholesky", () => {
  test("of a matrix solved by hand", () => {
    // [[4, 12, −16], [12, 37, −43], [−16, −43, 98]] = L Lᵀ with L = [[2], [6, 1], [−8, 5, 3]].
    expect([...(cholesky(Float64Array.of(4, 12, -16, 12, 37, -43, -16, -43, 98), 3) ?? [])]).toEqual([2, 0, 0, 6, 1, 0, -8, 5, 3]);
  });

  test.each([1, 2, 5, 30])("L Lᵀ is the matrix, and its inverse undoes it (n = %i)", (n) => {
    const a = definite(n, n);
    const l = cholesky(a, n) as Float64Array;
    expect(farthest(product(l, transpose(l, n), n), a)).toBeLessThan(1e-12 * n);
    const identity = a.map((_, at) => (at % (n + 1) === 0 ? 1 : 0));
    expect(farthest(product(a, choleskyInverse(l, n), n), identity)).toBeLessThan(1e-11 * n);
  });

  test("solves what was made from a known solution, and leaves the right side as it was", () => {
    const n = 12;
    const a = definite(n, 3);
    const x = Float64Array.from({ length: n }, (_, i) => i - 4.5);
    const b = x.map((_, i) => x.reduce((sum, value, k) => sum + (a[i * n + k] as number) * value, 0));
    const kept = b.slice();
    expect(farthest(choleskySolve(cholesky(a, n) as Float64Array, n, b), x)).toBeLessThan(1e-11);
    expect(b).toEqual(kept);
  });

  test.each([
    ["singular", [1, 1, 1, 1]],
    ["indefinite", [1, 2, 2, 1]],
    ["zero", [0, 0, 0, 0]],
    ["no number", [Number.NaN, 0, 0, 1]],
    ["singular but for rounding", [1, 1, 1, 1 + 1e-13]],
  ])("refuses what is %s", (_name, a) => {
    expect(cholesky(Float64Array.from(a), 2)).toBeNull();
  });
});
