import { leastTokens } from "../shared/measure.js";
import type { Prompts, Work } from "./works.js";

/** What any way must have the model compute for a work, at least once. */
export interface Least {
  /** Tokens that all prompts begin with. */
  readonly start: number;
  /** Tokens behind it that may be fed side by side: of prompts, and answers that are known. Starts that several have in common count once. */
  readonly fed: number;
  /** Tokens that must be fed one after the other, since each is what the model says to the last one. */
  readonly stepped: number;
  /** Answers that are on their way at the same time at most. */
  readonly answers: number;
}

/** @param answers of the prompts in their order where all are generated, else the whole prompt's alone. */
export function leastOf(payoff: Work["payoff"], { prompts }: Pick<Prompts, "prompts">, answers: readonly (readonly number[])[]): Least {
  // What comes last is never fed.
  const behind = (prompt: readonly number[], answer: readonly number[]): readonly number[] => [...prompt, ...answer.slice(0, -1)];
  const whole = prompts.at(-1) ?? [];
  const answer = answers.at(-1) ?? [];
  const start = startOf(prompts);
  if (payoff === "likelihood") {
    const all = leastTokens(prompts.map((prompt) => behind(prompt, answer)));
    // The answer to the whole prompt is generated, and need not be fed again.
    const stepped = leastTokens([behind(whole, answer)]) - whole.length;
    return { start, fed: all - stepped - start, stepped, answers: 1 };
  }
  const fed = leastTokens(prompts);
  const all = leastTokens(prompts.map((prompt, at) => behind(prompt, answers[at] ?? [])));
  return { start, fed: fed - start, stepped: all - fed, answers: new Set(prompts.map((prompt) => prompt.join())).size };
}

function startOf([first = [], ...others]: readonly (readonly number[])[]): number {
  const other = first.findIndex((id, at) => others.some((prompt) => prompt[at] !== id));
  return other < 0 ? first.length : other;
}

/** The best that the runtime did with a graph. */
export interface Rates {
  /** Seconds from a process's start to an open session. */
  readonly opening: number;
  /** Tokens a second, several a row: of rows that begin, and behind as many as all begin with. */
  readonly feeding: { readonly first: number; readonly behind: number };
  /** Tokens a second, one a row behind as many and a question, by rows. */
  readonly stepping: readonly { readonly rows: number; readonly rate: number }[];
}

/** Seconds below which no way can be. */
export function limitOf({ start, fed, stepped, answers }: Least, { opening, feeding, stepping }: Rates): number {
  const usable = stepping.filter(({ rows }) => rows <= answers);
  const best = Math.max(...usable.map(({ rate }) => rate));
  return opening + start / feeding.first + fed / feeding.behind + stepped / best;
}
