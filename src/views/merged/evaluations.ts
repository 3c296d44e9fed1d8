import type { Evaluation } from "../../results/evaluation.js";
import { EVALUATION_COLUMNS, evaluationRow } from "../../results/evaluation_row.js";
import { escapeJson } from "../../util/escape.js";
import { defineFormat, itemByItem } from "../format.js";
import { csvPart } from "../shared/csv.js";

/** An evaluation a line. */
export const evaluationsJsonl = defineFormat<Evaluation>()({
  name: "jsonl",
  endings: [".jsonl", ".ndjson"],
  open: itemByItem((evaluation) => `${escapeJson(JSON.stringify(evaluation))}\n`),
});

/** RFC 4180 with a header, one row an evaluation; figures that an earlier version did not measure are empty. */
export const evaluationsCsv = defineFormat<Evaluation>()({
  name: "csv",
  endings: [".csv"],
  open: itemByItem((evaluation, position, { csvExcel }) =>
    csvPart([evaluationRow(evaluation, position)], { columns: EVALUATION_COLUMNS, first: position === 0, csvExcel }),
  ),
});
