import { assertFinite } from "../../results/finite.js";
import type { Result } from "../../results/result_schema.js";
import { defineFormat, itemByItem } from "../format.js";

/** One result a line. */
export const jsonl = defineFormat<Result>()({
  name: "jsonl",
  endings: [".jsonl", ".ndjson"],
  open: itemByItem((result, i) => {
    assertFinite(result, `results[${i}]`);
    return `${JSON.stringify(result)}\n`;
  }),
});
