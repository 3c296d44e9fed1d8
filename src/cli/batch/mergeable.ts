import { sameFigures, sameValues } from "../../batch/same_values.js";
import { SpecError } from "../../errors.js";
import { EVALUATION_FORMAT, type EvaluatedResult, type Evaluation } from "../../results/evaluation.js";
import { readResults } from "../../results/read_result.js";
import { checkEvaluations } from "../../results/summary/faithfulness.js";
import type { FormatDefinition } from "../../views/format.js";
import { MERGED_EVALUATIONS, MERGED_FORMATS } from "../../views/merged/formats.js";
import type { Context } from "../context.js";
import { type Presenting, presentable } from "../presentable.js";
import { readEvaluations } from "../result_sets.js";

/** What a batch's folder holds, and merge puts together. */
export interface Mergeable<Item> {
  readonly formats: Readonly<Record<string, FormatDefinition<Item>>>;
  /** @throws SpecError where a line is none. */
  read(line: string, path: string): Item;
  /** Up to rounding. */
  same(a: Item, b: Item): boolean;
  /** What of it goes out. @param cwd absolute folder that paths are shown from. */
  shown(item: Item, flags: Presenting, cwd: string): Item;
}

/**
 * Results, each with what was said of it.
 * @param evaluations a file or folder of evaluations, matched by id, and by the spec and the sampler that were explained.
 * @throws SpecError where it holds none.
 */
export async function resultsWith(evaluations: string | undefined, context: Context): Promise<Mergeable<EvaluatedResult>> {
  if (evaluations === undefined) return RESULTS;
  const checked = checkEvaluations(await readEvaluations(evaluations, context), evaluations);
  const byId = new Map(checked.map((one) => [one.id, one]));
  return {
    ...RESULTS,
    shown(result, flags, cwd) {
      const shown = RESULTS.shown(result, flags, cwd);
      const evaluation = byId.get(result.id);
      return evaluation !== undefined && isOf(evaluation, result)
        ? { ...shown, evaluation: EVALUATIONS.shown(evaluation, flags, cwd) }
        : shown;
    },
  };
}

/** Whether it is of this explanation: another sampler's of the same spec has the same id. */
function isOf({ spec, explainer }: Evaluation, result: EvaluatedResult): boolean {
  return (
    spec.sha256 === result.spec.sha256 &&
    (["sampler", "payoff", "n_players", "coalitions"] as const).every((key) => explainer[key] === result.explainer[key])
  );
}

const RESULTS: Mergeable<EvaluatedResult> = {
  formats: MERGED_FORMATS,
  read(line, path) {
    const [result] = readResults(line, path);
    if (result === undefined) throw new SpecError(`${path}: holds an empty line`);
    return result;
  },
  same: sameValues,
  shown: (result, flags, cwd) => presentable(result, { ...flags, fullPaths: true }, cwd),
};

export const EVALUATIONS: Mergeable<Evaluation> = {
  formats: MERGED_EVALUATIONS,
  read(line, path) {
    const evaluation = JSON.parse(line) as Evaluation;
    if (evaluation.schema !== EVALUATION_FORMAT) throw new SpecError(`${path}: holds what is no ${EVALUATION_FORMAT}`);
    return evaluation;
  },
  same: sameFigures,
  shown: ({ run, ...evaluation }, flags) => (flags.run === false || run === undefined ? evaluation : { ...evaluation, run }),
};
