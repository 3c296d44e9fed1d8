import type { Matrix } from "../connectors/types.js";
import { ExplainError } from "../errors.js";

/** Folds the rows of one matrix, at least one, into a vector. */
type Fold = (matrix: Matrix) => Float64Array;

/** How the vectors of an answer's tokens become one vector. */
export const REDUCERS = {
  mean: (matrix) => sumOfRows(matrix).map((sum) => sum / matrix.rows),
  max: (matrix) => foldRows(matrix, Math.max),
  min: (matrix) => foldRows(matrix, Math.min),
  sum: sumOfRows,
  first: (matrix) => Float64Array.from(matrix.data.subarray(0, matrix.columns)),
  zero: (matrix) => Float64Array.from(matrix.data),
} as const satisfies Readonly<Record<string, Fold>>;

export type ReducerName = keyof typeof REDUCERS;

/**
 * One vector an answer from the vectors of its tokens (rows). `zero` reduces nothing: it lays the rows end to end, so all answers
 * that have rows must have equally many. An answer without rows becomes the zero vector, which is like no other.
 * @returns vectors of equal length.
 * @throws ExplainError where `zero` meets answers of different lengths, or matrices differ in width.
 */
export function reduce(name: ReducerName, matrices: readonly Matrix[]): readonly Float64Array[] {
  const full = matrices.filter((matrix) => matrix.rows > 0);
  const width = full[0]?.columns ?? 0;
  if (full.some((matrix) => matrix.columns !== width)) throw new ExplainError(`embeddings differ in width: ${shapes(full)}`);
  if (name === "zero" && full.some((matrix) => matrix.rows !== full[0]?.rows)) {
    throw new ExplainError(
      `the reducer zero keeps every token's vector, so all answers must be equally long; got ${shapes(full)}: use mean, max, min, sum or first`,
    );
  }
  const length = name === "zero" ? width * (full[0]?.rows ?? 0) : width;
  return matrices.map((matrix) => (matrix.rows === 0 ? new Float64Array(length) : REDUCERS[name](matrix)));
}

function sumOfRows(matrix: Matrix): Float64Array {
  return foldRows(matrix, (sum, value) => sum + value);
}

function foldRows({ rows, columns, data }: Matrix, fold: (left: number, right: number) => number): Float64Array {
  const folded = Float64Array.from(data.subarray(0, columns));
  for (let row = 1; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      folded[column] = fold(folded[column] as number, data[row * columns + column] as number);
    }
  }
  return folded;
}

const shapes = (matrices: readonly Matrix[]): string => {
  const shown = [...new Set(matrices.map(({ rows, columns }) => `${rows}×${columns}`))];
  return shown.slice(0, 8).join(", ") + (shown.length > 8 ? ", …" : "");
};
