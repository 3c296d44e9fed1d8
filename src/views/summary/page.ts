import type { Summary } from "../../results/summary/summary.js";
import { type Html, h, join } from "../html/markup.js";
import { shell } from "../html/report.js";
import { type SummaryTable, tablesOf } from "./tables.js";
import { cellText, factsOf } from "./words.js";

/** A summary as one page that needs nothing else. */
export function toSummaryPage(summary: Summary): string {
  const facts = factsOf(summary).map(([label, text]) => h("div", {}, h("dt", {}, label), h("dd", {}, text)));
  const content = h(
    "article",
    {},
    h("section", { class: "head" }, h("h1", {}, summary.set.name), h("dl", { class: "facts" }, join(facts))),
  );
  return shell(`${summary.set.name}: Shapley values of many conversations`, join([content, join(tablesOf(summary).map(section))]));
}

function section({ title, columns, rows }: SummaryTable): Html {
  const head = columns.map((name, i) => h("th", { scope: "col", ...(i > 0 ? { class: "number" } : {}) }, name));
  const lines = rows.map((row) => h("tr", {}, join(row.map((cell, i) => h("td", { class: i > 0 ? "number" : "name" }, cellText(cell))))));
  return h("section", {}, h("h2", {}, title), h("table", {}, h("thead", {}, h("tr", {}, join(head))), h("tbody", {}, join(lines))));
}
