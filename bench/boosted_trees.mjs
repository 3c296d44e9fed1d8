// Gradient boosting of small regression trees on coalitions, with exact Shapley values: what other tools take as a surrogate, to compare with.

/**
 * Squared loss, exact greedy splits. A leaf of value c whose path wants players P in and players A out is a game of its own:
 * c / (|P| C(|P|+|A|, |P|)) to each of P, −c / (|A| C(|P|+|A|, |A|)) to each of A.
 * @returns values, one a player, and what the trees leave unexplained, one a coalition
 */
export function boostTrees(coalitions, payoffs, n, { trees, depth, rate }) {
  const values = new Float64Array(n);
  const mean = payoffs.reduce((sum, payoff) => sum + payoff, 0) / payoffs.length;
  const residuals = Float64Array.from(payoffs, (payoff) => payoff - mean);
  const score = (sum, count) => (sum * sum) / (count + 1);
  const leaf = (rows, sum, present, absent) => {
    const worth = (rate * sum) / (rows.length + 1);
    for (const row of rows) residuals[row] -= worth;
    const [p, a] = [present.length, absent.length];
    for (const i of present) values[i] += worth / (p * binomial(p + a, p));
    for (const i of absent) values[i] -= worth / (a * binomial(p + a, a));
  };
  const grow = (rows, left, present, absent) => {
    const sums = new Float64Array(n);
    const counts = new Float64Array(n);
    let total = 0;
    for (const row of rows) {
      total += residuals[row];
      for (let i = 0; i < n; i++) {
        sums[i] += coalitions[row][i] * residuals[row];
        counts[i] += coalitions[row][i];
      }
    }
    let best = { gain: 1e-12, player: -1 };
    for (let i = 0; i < n && left > 0; i++) {
      if (counts[i] === 0 || counts[i] === rows.length) continue;
      const gain = score(sums[i], counts[i]) + score(total - sums[i], rows.length - counts[i]) - score(total, rows.length);
      if (gain > best.gain) best = { gain, player: i };
    }
    const { player } = best;
    if (player < 0) return leaf(rows, total, present, absent);
    grow(
      rows.filter((row) => coalitions[row][player] === 1),
      left - 1,
      [...present, player],
      absent,
    );
    grow(
      rows.filter((row) => coalitions[row][player] === 0),
      left - 1,
      present,
      [...absent, player],
    );
  };
  for (let tree = 0; tree < trees; tree++) grow([...coalitions.keys()], depth, [], []);
  return { values, residuals };
}

function binomial(n, k) {
  let value = 1;
  for (let i = 1; i <= k; i++) value = (value * (n - k + i)) / i;
  return value;
}
