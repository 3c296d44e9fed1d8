import { sameFigures, sameValues } from "../../batch/same_values.js";
import { SpecError } from "../../errors.js";
import { EVALUATION_FORMAT, type Evaluation } from "../../results/evaluation.js";
import type { StoredResult } from "../../results/player_rows.js";
import { readResults } from "../../results/read_result.js";
import type { FormatDefinition } from "../../views/format.js";
import { MERGED_EVALUATIONS, MERGED_FORMATS } from "../../views/merged/formats.js";
import { type Presenting, presentable } from "../presentable.js";

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

export const RESULTS: Mergeable<StoredResult> = {
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
