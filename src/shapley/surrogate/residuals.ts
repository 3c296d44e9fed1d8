import type { Played } from "../../game/types.js";
import { type OddPart, rowsOfThinned } from "./odd_part.js";
import type { Surrogate } from "./surrogate.js";

/**
 * A game that is what the surrogate, which saw some rows of `part`, does not know of the rest: payoffs of the same rounds, odd, each
 * pair predicted without itself.
 */
export function residualGame<D>(played: Played<D>, part: OddPart, surrogate: Surrogate): Played<D> {
  const residuals = residualsOf(part, surrogate);
  let row = 1;
  const rounds = played.rounds.map((round) => {
    const payoffs = new Float64Array(round.payoffs.length);
    for (let at = 0; at < payoffs.length; at += 2, row++) {
      payoffs[at] = residuals[row] as number;
      payoffs[at + 1] = -(residuals[row] as number);
    }
    return { ...round, payoffs };
  });
  return { empty: -(residuals[0] as number), full: residuals[0] as number, rounds };
}

function residualsOf(part: OddPart, { seen, scale, kernel, alpha, precision }: Surrogate): Float64Array {
  const { players: n, count } = part;
  const residuals = new Float64Array(count);
  const total = kernel.relevance.reduce((sum, length) => sum + length, 0);
  for (let row = 0; row < count; row++) {
    let predicted = 0;
    for (let t = 0; t < seen.count; t++) {
      let agreement = 0;
      let weighted = 0;
      for (let i = 0; i < n; i++) {
        const same = (part.signs[row * n + i] as number) * (seen.signs[t * n + i] as number);
        agreement += same;
        weighted += same * (kernel.relevance[i] as number);
      }
      const odd = Math.exp((weighted - total) / 2) - Math.exp(-(weighted + total) / 2);
      predicted += (alpha[t] as number) * ((kernel.additive * agreement) / n + (kernel.interacting * odd) / 2);
    }
    residuals[row] = (part.targets[row] as number) - scale * predicted;
  }
  for (const [t, row] of rowsOfThinned(count, seen.count).entries()) {
    if (row > 0) residuals[row] = (scale * (alpha[t] as number)) / (precision[t] as number);
  }
  return residuals;
}
