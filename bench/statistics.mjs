/** Value at a fraction of the sorted list, between neighbours linearly. */
export function quantile(values, fraction) {
  const sorted = Float64Array.from(values).sort();
  const at = fraction * (sorted.length - 1);
  const low = Math.floor(at);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (at - low) * (sorted[high] - sorted[low]);
}

export const median = (values) => quantile(values, 0.5);

/** Kendall's tau-b, which allows for ties. */
export function kendall(a, b) {
  let agree = 0;
  let tiesA = 0;
  let tiesB = 0;
  let pairs = 0;
  for (let i = 0; i < a.length; i++) {
    for (let j = i + 1; j < a.length; j++) {
      const da = sign(a[i] - a[j]);
      const db = sign(b[i] - b[j]);
      agree += da * db;
      tiesA += da === 0;
      tiesB += db === 0;
      pairs += 1;
    }
  }
  const scale = Math.sqrt((pairs - tiesA) * (pairs - tiesB));
  return scale === 0 ? 1 : agree / scale;
}

/** Differences of rounding size are ties. */
const sign = (difference) => (Math.abs(difference) < 1e-12 ? 0 : Math.sign(difference));

/**
 * 95 % bootstrap interval of median(a) / median(b), the two resampled together (same game and seed at the same position).
 * @returns {[number, number]}
 */
export function ratioInterval(a, b, rng, resamples = 1000) {
  const ratios = Array.from({ length: resamples }, () => {
    const picks = Array.from(a, () => rng.int(a.length));
    return median(picks.map((at) => a[at])) / median(picks.map((at) => b[at]));
  });
  return [quantile(ratios, 0.025), quantile(ratios, 0.975)];
}
