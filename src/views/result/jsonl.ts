import { assertFinite } from "../../results/finite.js";
import type { Result } from "../../results/result_schema.js";
import { escapeJson } from "../../util/escape.js";
import { defineFormat, itemByItem } from "../format.js";

/** One result a line. */
export const jsonl = defineFormat<Result>()({
  name: "jsonl",
  endings: [".jsonl", ".ndjson"],
  open: itemByItem((result, i) => {
    assertFinite(result, `results[${i}]`);
    return escapeJson(`${JSON.stringify(result)}\n`);
  }),
});
