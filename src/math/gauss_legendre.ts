/** Nodes in (0, 1) and weights that sum to 1. */
export interface Quadrature {
  readonly nodes: Float64Array;
  readonly weights: Float64Array;
}

/**
 * Gauss–Legendre quadrature on [0, 1], exact for polynomials of degree 2·count − 1: Newton's method on the Legendre polynomial
 * (Press et al., Numerical Recipes, §4.6).
 * @param count ≥ 1
 */
export function gaussLegendre(count: number): Quadrature {
  const nodes = new Float64Array(count);
  const weights = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    let z = Math.cos((Math.PI * (i + 0.75)) / (count + 0.5));
    let slope = 0;
    for (let step = 0; step < 100; step++) {
      const { value, derivative } = legendre(count, z);
      slope = derivative;
      const next = z - value / derivative;
      const moved = Math.abs(next - z);
      z = next;
      if (moved < 1e-15) break;
    }
    nodes[i] = (1 - z) / 2;
    weights[i] = 1 / ((1 - z * z) * slope * slope);
  }
  return { nodes, weights };
}

/** P_degree(z) and its derivative. */
function legendre(degree: number, z: number): { readonly value: number; readonly derivative: number } {
  let value = 1;
  let before = 0;
  for (let j = 0; j < degree; j++) {
    const next = ((2 * j + 1) * z * value - j * before) / (j + 1);
    before = value;
    value = next;
  }
  return { value, derivative: (degree * (z * value - before)) / (z * z - 1) };
}
