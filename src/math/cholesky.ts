import { float64At } from "../util/elements.js";

/** Symmetric matrices are row-major Float64Array(n·n). */

/**
 * Lower Cholesky factor L with A = L Lᵀ, or null where A is not positive definite to working precision: a pivot below
 * `tolerance` × its diagonal entry has lost all its digits.
 */
export function cholesky(a: Float64Array, n: number, tolerance = 1e-11): Float64Array | null {
  const l = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = float64At(a, i * n + j);
      for (let k = 0; k < j; k++) sum -= (l[i * n + k] as number) * (l[j * n + k] as number);
      if (i !== j) l[i * n + j] = sum / float64At(l, j * n + j);
      else if (!(sum > tolerance * float64At(a, i * n + i))) return null;
      else l[i * n + i] = Math.sqrt(sum);
    }
  }
  return l;
}

/** Solves L Lᵀ x = b. */
export function choleskySolve(l: Float64Array, n: number, b: Float64Array): Float64Array {
  const x = b.slice();
  for (let i = 0; i < n; i++) {
    let sum = float64At(x, i);
    for (let k = 0; k < i; k++) sum -= (l[i * n + k] as number) * (x[k] as number);
    x[i] = sum / float64At(l, i * n + i);
  }
  // Column by column, so that L is read along its rows here too.
  for (let i = n - 1; i >= 0; i--) {
    const solved = float64At(x, i) / float64At(l, i * n + i);
    x[i] = solved;
    for (let k = 0; k < i; k++) x[k] = (x[k] as number) - (l[i * n + k] as number) * solved;
  }
  return x;
}

/** (L Lᵀ)⁻¹, symmetric. */
export function choleskyInverse(l: Float64Array, n: number): Float64Array {
  const inverse = new Float64Array(n * n);
  const unit = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    unit.fill(0);
    unit[i] = 1;
    inverse.set(choleskySolve(l, n, unit), i * n);
  }
  return inverse;
}
