import type { EvaluatedResult, MetricBlock } from "../../../results/evaluation.js";
import { intervalText, numberText, percentOf } from "../../summary/words.js";
import { type Html, h, join } from "../markup.js";
import type { Section } from "../section.js";
import { wide } from "./values.js";

/** What an evaluation says of the explanation, where one was put beside it (`merge --evaluations`). */
export const faithfulness: Section = {
  name: "faithfulness",
  title: "Faithfulness",
  draw({ result }) {
    const { evaluation } = result as EvaluatedResult;
    if (evaluation === undefined) return null;
    const { metrics, payoff, random_rankings, confidence } = evaluation;
    const head = ["metric", "this", "leave-one-out", `random (${random_rankings})`, `better than random [${percentOf(confidence)} %]`];
    const cells = head.map((name, i) => h("th", { scope: "col", ...(i > 0 ? { class: "number" } : {}) }, name));
    return join([
      h(
        "p",
        { class: "note" },
        `What becomes of the payoff (${payoff.kind}) when players come in, or are taken away, the most important first.`,
      ),
      wide(
        "figures",
        "measures of faithfulness",
        h("table", {}, h("thead", {}, h("tr", {}, join(cells))), h("tbody", {}, join(Object.entries(metrics).map(rowOf)))),
      ),
    ]);
  },
};

function rowOf([metric, { better, explanation, leave_one_out, random, over_random }]: [string, MetricBlock]): Html {
  const figures = [...[explanation, leave_one_out, random].map(numberText), intervalText(over_random)];
  const cells = figures.map((text) => h("td", { class: "number" }, text));
  return h("tr", {}, h("td", { class: "name" }, `${metric} (${better} is better)`), join(cells));
}
