import { float64At, int32At } from "../../util/elements.js";
import type { GamePart } from "./game_part.js";
import type { Kernel } from "./kernel.js";
import { type Look, marginalLikelihood } from "./likelihood.js";
import { groupSums, type Likeness } from "./likeness.js";

/**
 * Parameters are searched as logarithms of √lowest, √interacting, √rough, ℓ_i and, where players are alike, the root of what they have in common. Expected of targets of variance 1 are terms
 * of the lowest order, smaller interactions in which all players have an equal part, and little roughness; the first three are believed weakly.
 */
const EXPECTED = { lowest: 0, interacting: -1, rough: -3, common: -1.5 } as const;
const SPREAD = { lowest: 3, interacting: 2, rough: 2, relevance: 1.5, common: 1.5 } as const;

/** Correlation of the relevances, as logarithms, of players who are alike. */
const ALIKE = 0.7;

/** Steps of Adam (Kingma & Ba 2015) and their length: more steps change no error on recorded games. */
const STEPS = 25;
const RATE = 0.3;
const [MEMORY, SQUARES] = [0.9, 0.95];

/** Where each parameter stands, and how its logarithm is believed to lie before anything was played. */
interface Search {
  readonly players: number;
  readonly likeness: Likeness | null;
  readonly expected: Float64Array;
}

/** A kernel, and the logarithm of how well it explains the targets and is believed itself, up to a constant. */
interface Tuned {
  readonly kernel: Kernel;
  readonly score: number;
}

/**
 * The kernel that explains the targets best. Players who are alike are taken to be so only where that explains more: neither density has its constant, which
 * would speak for likeness, so that payoffs have to. Where what they share goes by relevance, only its variance is asked: few coalitions that are nearly all
 * unions say too little of single players to choose by.
 */
export function tuneKernel(part: GamePart, likeness: Likeness | null): Kernel {
  if (likeness?.byRelevance === true) return tunedOf(part, likeness).kernel;
  const apart = tunedOf(part, null);
  const alike = likeness === null ? null : tunedOf(part, likeness);
  return alike !== null && alike.score > apart.score ? alike.kernel : apart.kernel;
}

/** Most likely a posteriori of those met on a search of 25 steps. */
function tunedOf(part: GamePart, likeness: Likeness | null): Tuned {
  const search = { players: part.players, likeness, expected: expectedParameters(part.players, likeness) };
  const parameters = search.expected.slice();
  const drift = new Float64Array(parameters.length);
  const squares = new Float64Array(parameters.length);
  let best = { score: Number.NEGATIVE_INFINITY, parameters: search.expected };
  for (let step = 1; step <= STEPS; step++) {
    const look = believed(marginalLikelihood(part, kernelOf(parameters, search)), parameters, search);
    // Payoffs without any roughness end where the matrix can no longer be factored: what was found until then is good.
    if (look === null) break;
    if (look.score > best.score) best = { score: look.score, parameters: parameters.slice() };
    for (const [at, slope] of look.gradient.entries()) {
      drift[at] = MEMORY * (drift[at] as number) + (1 - MEMORY) * slope;
      squares[at] = SQUARES * (squares[at] as number) + (1 - SQUARES) * slope * slope;
      const mean = (drift[at] as number) / (1 - MEMORY ** step);
      const size = Math.sqrt((squares[at] as number) / (1 - SQUARES ** step));
      parameters[at] = (parameters[at] as number) + (RATE * mean) / (size + 1e-8);
    }
  }
  return { score: best.score, kernel: kernelOf(best.parameters, search) };
}

function expectedParameters(n: number, likeness: Likeness | null): Float64Array {
  const parameters = new Float64Array(3 + n + (likeness === null ? 0 : 1)).fill(Math.log(2 / n));
  parameters.set([EXPECTED.lowest, EXPECTED.interacting, EXPECTED.rough]);
  if (likeness !== null) parameters[3 + n] = EXPECTED.common;
  return parameters;
}

function kernelOf(parameters: Float64Array, { players: n, likeness }: Search): Kernel {
  const variance = (at: number): number => Math.exp(2 * float64At(parameters, at));
  return {
    lowest: variance(0),
    interacting: variance(1),
    rough: variance(2),
    relevance: parameters.subarray(3, 3 + n).map(Math.exp),
    common: likeness === null ? null : { likeness, variance: variance(3 + n) },
  };
}

/** Adds the prior's logarithm: normal around what is expected, relevances of players who are alike together. */
function believed(look: Look | null, parameters: Float64Array, { players: n, likeness, expected }: Search): Look | null {
  if (look === null || !Number.isFinite(look.score)) return null;
  const away = parameters.map((parameter, at) => parameter - float64At(expected, at));
  // The prior's precision matrix times how far parameters are away: of the relevances a block for each group.
  const pull = away.map((distance, at) => distance / ([SPREAD.lowest, SPREAD.interacting, SPREAD.rough][at] ?? SPREAD.common) ** 2);
  pull.set(relevancePull(away.subarray(3, 3 + n), likeness), 3);
  let { score } = look;
  for (const [at, distance] of away.entries()) score -= (distance * float64At(pull, at)) / 2;
  return { score, gradient: look.gradient.map((slope, at) => slope - float64At(pull, at)) };
}

/** P⁻¹ d where P is spread² ((1 − c) I + c [alike]): of a group of m, (d − c Σ d / (1 − c + c m)) / (spread² (1 − c)). */
function relevancePull(away: Float64Array, likeness: Likeness | null): Float64Array {
  if (likeness === null) return away.map((distance) => distance / SPREAD.relevance ** 2);
  const { groupOf, sizes } = likeness;
  const shares = groupSums(likeness, away).map((sum, group) => (ALIKE * sum) / (1 - ALIKE + ALIKE * int32At(sizes, group)));
  return away.map((distance, i) => (distance - float64At(shares, int32At(groupOf, i))) / (SPREAD.relevance ** 2 * (1 - ALIKE)));
}
