import type { RunOptions } from "../events.js";
import type { Game } from "../game/types.js";
import { type AnswerSteps, type AnswerUnit, stepsOf, wordsOfAnswer } from "../players/answer_units.js";
import type { Spec } from "../spec/schema.js";

/** Numbers of a result's matrix at most, (steps + words) × players: about 40 MB of JSON. */
const MOST_CELLS = 400_000;

/**
 * The parts of the answer to explain beside the whole, its steps and its words; words alone where all would be too many for a result, with a
 * warning. None where the payoff is one number and no more, or they were not asked for.
 */
export function answerUnits(
  game: Pick<Game, "players" | "outputs">,
  steps: AnswerSteps,
  { explain }: Pick<Spec, "explain">,
  { onEvent }: RunOptions,
): readonly AnswerUnit[] {
  if (!explain.outputs || (game.outputs?.() ?? null) === null) return [];
  const single = stepsOf(steps);
  const words = wordsOfAnswer(steps, explain.players.segment_seconds);
  const fits = (units: readonly AnswerUnit[]): boolean => units.length * game.players <= MOST_CELLS;
  if (fits([...single, ...words])) return [...single, ...words];
  const message = `${single.length} steps × ${game.players} players are too many for a result`;
  if (fits(words)) {
    onEvent?.({ kind: "warning", message: `${message}: outputs tells of words, not of steps` });
    return words;
  }
  onEvent?.({ kind: "warning", message: `${message}, and so are its words: outputs is left out (fewer players, or explain.target)` });
  return [];
}
