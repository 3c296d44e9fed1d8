import { ExplainError } from "../errors.js";
import type { SpanEstimate } from "../game/outputs.js";
import type { AnswerUnit } from "../players/answer_units.js";
import { finite, numbers } from "./finite.js";
import type { Result } from "./result_schema.js";

/** Parts of an answer, with what the players are worth to each. */
export interface ExplainedOutputs {
  readonly units: readonly AnswerUnit[];
  /** Of each unit. */
  readonly estimates: readonly SpanEstimate[];
}

type Block = NonNullable<Result["outputs"]>;

/** @throws ExplainError where a number is not finite, or the parts do not fit each other. */
export function outputsBlock({ units, estimates }: ExplainedOutputs, players: number): Block {
  if (units.length !== estimates.length) throw new ExplainError(`${estimates.length} estimates for ${units.length} parts of the answer`);
  const rows = units.map((unit, i) => rowOf(unit, estimates[i] as SpanEstimate, players));
  const single = ({ kind }: Block["steps"][number]): boolean => kind === "token" || kind === "frame";
  return { steps: rows.filter(single), words: rows.filter((row) => !single(row)) };
}

function rowOf({ kind, text, from, to, time }: AnswerUnit, { empty, full, estimate }: SpanEstimate, players: number) {
  const of = `the ${kind} ${JSON.stringify(text)} (step ${from})`;
  const { values, stdErrors, intervals } = estimate;
  if (values.length !== players) throw new ExplainError(`${values.length} values of ${of} for ${players} players`);
  return {
    kind,
    text,
    steps: [from, to] as [number, number],
    start_s: time?.startS ?? null,
    end_s: time?.endS ?? null,
    full: finite(full, `payoff of ${of}`),
    empty: finite(empty, `empty payoff of ${of}`),
    values: numbers(values, `value of ${of}, player`),
    std_errors: stdErrors === null ? null : numbers(stdErrors, `standard error of ${of}, player`),
    low: intervals?.map(([low]) => finite(low, `interval of ${of}`)) ?? null,
    high: intervals?.map(([, high]) => finite(high, `interval of ${of}`)) ?? null,
  };
}
