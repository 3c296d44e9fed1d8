import { registryOf } from "../../util/registry.js";
import { html } from "../result/html.js";
import { jsonl } from "../result/jsonl.js";
import { playersCsv } from "./csv.js";
import { evaluationsCsv, evaluationsJsonl } from "./evaluations.js";
import { parquet } from "./parquet.js";

/** Every format of many results together. */
export const MERGED_FORMATS = registryOf(jsonl, playersCsv, parquet, html);

/** Every format of many evaluations together. */
export const MERGED_EVALUATIONS = registryOf(evaluationsJsonl, evaluationsCsv);
