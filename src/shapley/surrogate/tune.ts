import type { GamePart } from "./game_part.js";
import type { Kernel } from "./kernel.js";
import { type Look, marginalLikelihood } from "./likelihood.js";

/**
 * Parameters are searched as logarithms of √lowest, √interacting, √rough and ℓ_i. Expected of targets of variance 1 are terms
 * of the lowest order, smaller interactions in which all players have an equal part, and little roughness; the first three are believed weakly.
 */
const EXPECTED = { lowest: 0, interacting: -1, rough: -3 } as const;
const SPREAD = { lowest: 3, interacting: 2, rough: 2, relevance: 1.5 } as const;

/** Steps of Adam (Kingma & Ba 2015) and their length: more steps change no error on recorded games. */
const STEPS = 25;
const RATE = 0.3;
const [MEMORY, SQUARES] = [0.9, 0.95];

/** The kernel that explains the targets best: most likely a posteriori of those met on a search of 25 steps. */
export function tuneKernel(part: GamePart): Kernel {
  const n = part.players;
  const prior = expectedParameters(n);
  const spread = Float64Array.from(prior, (_, at) => [SPREAD.lowest, SPREAD.interacting, SPREAD.rough][at] ?? SPREAD.relevance);
  const parameters = prior.slice();
  const drift = new Float64Array(prior.length);
  const squares = new Float64Array(prior.length);
  let best = { score: Number.NEGATIVE_INFINITY, parameters: prior };
  for (let step = 1; step <= STEPS; step++) {
    const look = believed(marginalLikelihood(part, kernelOf(parameters)), parameters, prior, spread);
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
  return kernelOf(best.parameters);
}

function expectedParameters(n: number): Float64Array {
  const parameters = new Float64Array(3 + n).fill(Math.log(2 / n));
  parameters.set([EXPECTED.lowest, EXPECTED.interacting, EXPECTED.rough]);
  return parameters;
}

function kernelOf(parameters: Float64Array): Kernel {
  const [lowest, interacting, rough] = [0, 1, 2].map((at) => Math.exp(2 * (parameters[at] as number))) as [number, number, number];
  return { lowest, interacting, rough, relevance: parameters.subarray(3).map(Math.exp) };
}

/** Adds the prior's logarithm, normal around what is expected. */
function believed(look: Look | null, parameters: Float64Array, prior: Float64Array, spread: Float64Array): Look | null {
  if (look === null || !Number.isFinite(look.score)) return null;
  let { score } = look;
  const gradient = look.gradient.map((slope, at) => {
    const away = ((parameters[at] as number) - (prior[at] as number)) / (spread[at] as number);
    score -= (away * away) / 2;
    return slope - away / (spread[at] as number);
  });
  return { score, gradient };
}
