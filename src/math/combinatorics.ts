/**
 * C(n, k) as a double: exact while it is below 2^53, Infinity above 1.8e308 (n = 1,030 and more), 0 for k outside 0…n.
 */
export function binomial(n: number, k: number): number {
  if (k < 0 || k > n) return 0;
  const steps = Math.min(k, n - k);
  let value = 1;
  for (let i = 1; i <= steps; i++) {
    // Multiply first: the product of i consecutive integers divides by i!, so every step is whole while it is exact.
    const next = (value * (n - steps + i)) / i;
    value = next < 2 ** 52 ? Math.round(next) : next;
  }
  return value;
}

/**
 * Shapley's weight of a marginal contribution to a coalition of size s, s = 0…n−1: s!(n−s−1)!/n! = 1 / (n C(n−1, s)).
 * Underflows to 0 in the middle for n above about 1,020; exact enumeration stops long before.
 */
export function shapleyWeights(n: number): Float64Array {
  return Float64Array.from({ length: n }, (_, s) => 1 / (n * binomial(n - 1, s)));
}

/** How many bits are set. @param bits below 2^31 */
export function bitCount(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}
