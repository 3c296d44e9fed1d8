import { SpecError } from "../errors.js";
import type { Span } from "../game/outputs.js";
import { int32At, itemAt } from "../util/elements.js";
import type { AnswerSteps } from "./answer_units.js";
import { occurrences } from "./groups.js";
import type { Run } from "./runs.js";

/** Which part of an answer is explained. */
export type TargetSpec =
  | {
      /** Text of the answer, as it is written there. */
      readonly text: string;
      /** Which one, from 1; where it is not given, the text must stand there once. */
      readonly occurrence?: number | undefined;
    }
  | {
      /** [start, end) among the answer's steps. */
      readonly steps: readonly [start: number, end: number];
    };

/**
 * The steps that a target names.
 * @throws SpecError where they are not in the answer, or a text stands there more than once; each says what would be valid.
 */
export function targetSpan({ answer, tokens }: AnswerSteps, target: TargetSpec): Span {
  if ("steps" in target) return spanOf(target.steps, tokens.length);
  const found = occurrences(runOf(tokens), target.text).filter((steps) => steps.length > 0);
  const shown = JSON.stringify(target.text);
  if (found.length === 0) throw new SpecError(`explain.target: ${shown} does not stand in the answer: ${near(answer.text, target.text)}`);
  if (target.occurrence === undefined && found.length > 1) {
    throw new SpecError(
      `explain.target: ${shown} stands in the answer ${found.length} times; say which with occurrence: 1 … ${found.length}`,
    );
  }
  const steps = found[(target.occurrence ?? 1) - 1];
  if (steps === undefined) {
    throw new SpecError(`explain.target: there is no occurrence ${target.occurrence} of ${shown}; valid are 1 … ${found.length}`);
  }
  return { from: itemAt(steps, 0), to: (steps.at(-1) as number) + 1 };
}

function spanOf([from, to]: readonly [number, number], count: number): Span {
  if (to <= count) return { from, to };
  throw new SpecError(`explain.target: the answer has ${count} steps, so that [${from}, ${to}) is no part of it: valid are [0, ${count})`);
}

function near(answer: string, text: string): string {
  const at = answer.toLowerCase().indexOf(text.toLowerCase());
  const hint = at < 0 ? "" : ` (upper and lower case matter: ${JSON.stringify(answer.slice(at, at + text.length))})`;
  return `it is ${JSON.stringify(answer)}${hint}`;
}

/** The answer as one run: a text may stand around frames. */
function runOf(tokens: readonly string[]): Run {
  const offsets = new Int32Array(tokens.length + 1);
  tokens.forEach((token, i) => {
    offsets[i + 1] = int32At(offsets, i) + token.length;
  });
  return { kind: "text", turn: 1, start: 0, end: tokens.length, text: tokens.join(""), offsets };
}
