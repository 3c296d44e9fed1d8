import { assertFinite } from "../../results/finite.js";
import type { Result, ResultPlayer } from "../../results/result_schema.js";
import { escapeControl } from "../../util/escape.js";
import { defineFormat, itemByItem } from "../format.js";
import { certaintyOf } from "../shared/certainty.js";
import { labelsOf } from "../shared/labels.js";
import { columnFormat, short } from "../shared/numbers.js";
import { texEscape } from "../shared/tex.js";

/** A row of a table for a paper. */
interface Row {
  readonly text: string;
  readonly note: string;
  readonly value: string;
  readonly interval: string;
  /** The interval holds 0. */
  readonly unsure: boolean;
}

/** Booktabs: `\usepackage{booktabs}`. */
export const tex = defineFormat<Result>()({
  name: "tex",
  endings: [".tex"],
  open: itemByItem((result, i) => (i === 0 ? "" : "\n") + toTex(result, i)),
});

export const markdown = defineFormat<Result>()({
  name: "markdown",
  endings: [".md"],
  open: itemByItem((result, i) => (i === 0 ? "" : "\n") + toMarkdown(result, i)),
});

function toTex(result: Result, index: number): string {
  assertFinite(result, `results[${index}]`);
  const rows = rowsOf(result);
  const sampled = rows.some(({ interval }) => interval !== "");
  const math = (number: string) => (number === "" ? "" : `$${number}$`);
  const lines = rows.map(
    ({ text, note, value, interval, unsure }) =>
      `${texEscape(text)}${note === "" ? "" : ` {\\footnotesize ${texEscape(note)}}`} & ${math(value)}${unsure ? "$^{\\circ}$" : ""}${sampled ? ` & ${math(interval)}` : ""} \\\\`,
  );
  return [
    `% ${caption(result)}`,
    ...(rows.some(({ unsure }) => unsure) ? [`% $^{\\circ}$: the interval holds 0, so that the sign is not known`] : []),
    `\\begin{tabular}{lr${sampled ? "r" : ""}}`,
    "\\toprule",
    `player & $\\phi$${sampled ? ` & ${percent(result)}\\,\\% interval` : ""} \\\\`,
    "\\midrule",
    ...lines,
    "\\midrule",
    `$v(N) - v(\\varnothing)$ & $${columnFormat(result.players.map(({ value }) => value))(result.payoff.full - result.payoff.empty)}$${sampled ? " &" : ""} \\\\`,
    "\\bottomrule",
    "\\end{tabular}",
    "",
  ].join("\n");
}

function toMarkdown(result: Result, index: number): string {
  assertFinite(result, `results[${index}]`);
  const rows = rowsOf(result);
  const sampled = rows.some(({ interval }) => interval !== "");
  const lines = rows.map(
    ({ text, note, value, interval, unsure }) =>
      `| ${mdEscape(text)}${note === "" ? "" : ` (${mdEscape(note)})`} | ${value}${unsure ? " °" : ""} |${sampled ? ` ${interval} |` : ""}`,
  );
  return [
    `**${mdEscape(result.response.text.trim())}**: ${mdEscape(caption(result))}`,
    "",
    `| player | value |${sampled ? ` ${percent(result)} % interval |` : ""}`,
    `| :-- | --: |${sampled ? " --: |" : ""}`,
    ...lines,
    ...(rows.some(({ unsure }) => unsure) ? ["", "° The interval holds 0: the sign is not known."] : []),
    "",
  ].join("\n");
}

function rowsOf(result: Result): readonly Row[] {
  const format = columnFormat(result.players.map(({ value }) => value));
  const labels = labelsOf(result);
  const shown = (player: ResultPlayer): Row => {
    const { interval } = player;
    const known = interval !== null && interval[0] !== interval[1];
    const { text = "", note = "" } = labels.get(player) ?? {};
    return {
      text: escapeControl(text),
      note,
      value: format(player.value),
      interval: known ? `[${format(interval[0])}, ${format(interval[1])}]` : "",
      unsure: certaintyOf(player) === "unsure",
    };
  };
  return result.players.toSorted((a, b) => Math.abs(b.value) - Math.abs(a.value) || a.index - b.index).map(shown);
}

function caption({ explainer, payoff, model, tool }: Result): string {
  return escapeControl(
    `${explainer.payoff}, ${short(payoff.empty)} with nothing, ${short(payoff.full)} with everything; ${explainer.sampler}, ${explainer.coalitions} coalitions; ${model.repo}; ${tool.name} ${tool.version}`,
  );
}

const percent = ({ uncertainty }: Result): string => String(Math.round(uncertainty.confidence * 1000) / 10);

function mdEscape(text: string): string {
  return text.replace(/\s+/gu, " ").replace(/[\\`*_{}[\]<>|#~]/g, (character) => `\\${character}`);
}
