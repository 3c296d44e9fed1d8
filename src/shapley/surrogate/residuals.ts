import type { Payoffs } from "../../game/types.js";
import { type GamePart, rowsOfThinned } from "./game_part.js";
import { oddTargets } from "./odd_part.js";
import type { Seen, Surrogate } from "./surrogate.js";

/** Kernel values that are kept for further payoffs (128 MiB); of more, they are made anew. */
const MOST_KEPT = 2 ** 24;

/**
 * Games that are what the surrogate, which saw some rows of `part`, does not know of the rest: odd payoffs of the same pairs, each
 * predicted without itself. Of any payoffs that the kernel was shown at the same rows.
 */
export function residualGames(part: GamePart, surrogate: Surrogate): (payoffs: Payoffs, seen: Seen) => Payoffs {
  const kernel = kernelRows(part, surrogate);
  return (payoffs, seen) => {
    const residuals = residualsOf(oddTargets(payoffs), kernel, seen, surrogate);
    let row = 1;
    const rounds = payoffs.rounds.map(({ payoffs: { length } }) => {
      const odd = new Float64Array(length);
      for (let at = 0; at < length; at += 2, row++) {
        odd[at] = residuals[row] as number;
        odd[at + 1] = -(residuals[row] as number);
      }
      return { payoffs: odd };
    });
    return { empty: -(residuals[0] as number), full: residuals[0] as number, rounds };
  };
}

function residualsOf(
  targets: Float64Array,
  kernel: (row: number) => Float64Array,
  { scale, alpha }: Seen,
  { precision }: Surrogate,
): Float64Array {
  const residuals = targets.map((target, row) => {
    const values = kernel(row);
    let predicted = 0;
    for (let t = 0; t < values.length; t++) predicted += (alpha[t] as number) * (values[t] as number);
    return target - scale * predicted;
  });
  for (const [t, row] of rowsOfThinned(targets.length, alpha.length).entries()) {
    if (row > 0) residuals[row] = (scale * (alpha[t] as number)) / (precision[t] as number);
  }
  return residuals;
}

/** Of a row of the game with every row that was seen, without the kernel's roughness. */
function kernelRows(part: GamePart, { seen, kernel }: Surrogate): (row: number) => Float64Array {
  const total = kernel.relevance.reduce((sum, length) => sum + length, 0);
  const { players: n, count } = part;
  const kept: Float64Array[] | null = count * seen.count <= MOST_KEPT ? [] : null;
  const make = (row: number): Float64Array => {
    const values = new Float64Array(seen.count);
    for (let t = 0; t < seen.count; t++) {
      let agreement = 0;
      let weighted = 0;
      for (let i = 0; i < n; i++) {
        const same = (part.signs[row * n + i] as number) * (seen.signs[t * n + i] as number);
        agreement += same;
        weighted += same * (kernel.relevance[i] as number);
      }
      const odd = Math.exp((weighted - total) / 2) - Math.exp(-(weighted + total) / 2);
      values[t] = (kernel.lowest * agreement) / n + (kernel.interacting * odd) / 2;
    }
    return values;
  };
  return (row) => {
    const values = kept?.[row] ?? make(row);
    if (kept !== null) kept[row] = values;
    return values;
  };
}
