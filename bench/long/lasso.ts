/** A linear model of payoffs. */
export interface Linear {
  readonly intercept: number;
  readonly slopes: Float64Array;
}

/** Sweeps over all columns; what moves less than a ten-thousandth is settled. */
const SWEEPS = 30;
const SETTLED = 1e-4;
const FOLDS = 5;
const PENALTIES = 12;
/** The smallest penalty, of the one that leaves nothing. */
const LEAST = 1e-2;

/**
 * Lasso by coordinate descent (Friedman, Hastie & Tibshirani 2010), its penalty chosen by five folds: what context-cite fits to ablations
 * (Cohen-Wang et al. 2024). @param rows players in or out as 1 and 0
 */
export function lasso(rows: readonly Uint8Array[], targets: readonly number[]): Linear {
  const largest = largestPenalty(rows, targets);
  const penalties = Array.from({ length: PENALTIES }, (_, at) => largest * LEAST ** (at / (PENALTIES - 1)));
  const errors = new Float64Array(PENALTIES);
  for (let fold = 0; fold < FOLDS; fold++) {
    const kept = rows.map((_, at) => at % FOLDS !== fold);
    const path = fitPath(
      rows.filter((_, at) => kept[at]),
      targets.filter((_, at) => kept[at]),
      penalties,
    );
    for (const [at, model] of path.entries()) {
      for (const [row, coalition] of rows.entries()) {
        if (kept[row] !== true) errors[at] = (errors[at] as number) + (predict(model, coalition) - (targets[row] as number)) ** 2;
      }
    }
  }
  const best = errors.indexOf(errors.reduce((least, error) => Math.min(least, error), Number.POSITIVE_INFINITY));
  return fitPath(rows, targets, penalties.slice(0, best + 1)).at(-1) as Linear;
}

/**
 * Lasso of a penalty that is given, columns scaled to variance 1 as context-cite's solver does: ½ mean (y − ŷ)² + penalty Σ |slope| sd.
 * @param rows players in or out as 1 and 0
 */
export function standardisedLasso(rows: readonly Uint8Array[], targets: readonly number[], penalty: number): Linear {
  return fitPath(rows, targets, [penalty], Math.sqrt).at(-1) as Linear;
}

export function predict({ intercept, slopes }: Linear, coalition: Uint8Array): number {
  let total = intercept;
  for (let i = 0; i < slopes.length; i++) if (coalition[i] === 1) total += slopes[i] as number;
  return total;
}

const mean = (list: readonly number[]): number => list.reduce((total, one) => total + one, 0) / list.length;

/** Columns without their mean. */
function centredColumns(rows: readonly Uint8Array[]): readonly Float64Array[] {
  return Array.from(rows[0] as Uint8Array, (_, i) => {
    const share = mean(rows.map((row) => row[i] as number));
    return Float64Array.from(rows, (row) => (row[i] as number) - share);
  });
}

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((total, value, at) => total + value * (b[at] as number), 0);

function largestPenalty(rows: readonly Uint8Array[], targets: readonly number[]): number {
  const centre = mean(targets);
  const left = Float64Array.from(targets, (target) => target - centre);
  return centredColumns(rows).reduce((most, column) => Math.max(most, Math.abs(dot(column, left))), 0) / rows.length;
}

/**
 * Models for falling penalties, each begun at the one before.
 * @param weigh a slope's share of the penalty, from the variance of its column.
 */
function fitPath(
  rows: readonly Uint8Array[],
  targets: readonly number[],
  penalties: readonly number[],
  weigh: (variance: number) => number = () => 1,
): readonly Linear[] {
  const columns = centredColumns(rows);
  const squares = columns.map((column) => dot(column, column) / rows.length);
  const centre = mean(targets);
  const left = Float64Array.from(targets, (target) => target - centre);
  const slopes = new Float64Array(columns.length);
  const shares = columns.map((_, i) => mean(rows.map((row) => row[i] as number)));
  return penalties.map((penalty) => {
    const thresholds = squares.map((square) => penalty * weigh(square));
    for (let sweep = 0; sweep < SWEEPS && moved(columns, squares, left, slopes, thresholds) > SETTLED; sweep++);
    return { intercept: centre - slopes.reduce((total, slope, i) => total + slope * (shares[i] as number), 0), slopes: slopes.slice() };
  });
}

/** One sweep; the largest change of a slope. */
function moved(
  columns: readonly Float64Array[],
  squares: readonly number[],
  left: Float64Array,
  slopes: Float64Array,
  thresholds: readonly number[],
): number {
  let most = 0;
  for (const [i, column] of columns.entries()) {
    const square = squares[i] as number;
    if (square === 0) continue;
    const before = slopes[i] as number;
    const pull = dot(column, left) / left.length + square * before;
    const after = (Math.sign(pull) * Math.max(0, Math.abs(pull) - (thresholds[i] as number))) / square;
    if (after === before) continue;
    for (let row = 0; row < left.length; row++) left[row] = (left[row] as number) - (after - before) * (column[row] as number);
    slopes[i] = after;
    most = Math.max(most, Math.abs(after - before));
  }
  return most;
}
