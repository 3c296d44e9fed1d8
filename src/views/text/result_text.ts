import { assertFinite } from "../../results/finite.js";
import type { Result } from "../../results/result_schema.js";
import type { ViewOptions } from "../format.js";
import { factsOf, largestValue } from "../shared/facts.js";
import { ALL_ZERO, LEGEND } from "../shared/heat.js";
import { titleOf } from "../shared/title.js";
import { warningsOf } from "../shared/warnings.js";
import { conversationLines } from "./conversation_lines.js";
import { beside, truncate, wrap } from "./layout.js";
import { outputTable } from "./outputs.js";
import { pairTable } from "./pairs.js";
import { rankedTable } from "./table.js";
import { createTheme, plain, type Theme } from "./theme.js";

/** Columns of the labels at the left. */
const MARGIN = 11;
const NARROWEST = 40;

/** One result, under a rule where it is not the first. */
export function toText(result: Result, index: number, options: ViewOptions): string {
  assertFinite(result, `results[${index}]`);
  const width = Math.max(NARROWEST, options.width);
  const theme = createTheme(options.colorLevel);
  const rule = index === 0 ? "" : `\n${theme.faint("─".repeat(width))}\n\n`;
  return `${rule}${view(result, theme, width).join("\n")}\n`;
}

function view(result: Result, theme: Theme, width: number): readonly string[] {
  const scale = largestValue(result);
  const facts = factsOf(result).flatMap(({ label, text }, i) =>
    beside(label, MARGIN, wrap([{ text, paint: i === 0 ? theme.strong : plain }], width - MARGIN), theme.faint),
  );
  const warnings = warningsOf(result).flatMap((text) => beside("!", 2, wrap([{ text, paint: theme.warn }], width - 2), theme.warn));
  return [
    [theme.strong(truncate(titleOf(result), width))],
    facts,
    conversationLines(result, scale, theme, MARGIN, width),
    wrap([{ text: scale === 0 ? ALL_ZERO : LEGEND, paint: theme.faint }], width),
    rankedTable(result, theme, width),
    outputTable(result, theme, width),
    pairTable(result, theme, width),
    warnings,
  ]
    .filter((lines) => lines.length > 0)
    .flatMap((lines, i) => (i === 0 ? lines : ["", ...lines]));
}
