import type { Evaluation, MetricBlock } from "../results/evaluation.js";
import { maxOf, minOf } from "../util/arrays.js";
import { itemAt } from "../util/elements.js";
import { escapeControl } from "../util/escape.js";
import { registryOf } from "../util/registry.js";
import { columns } from "./columns.js";
import { jsonDocument, textDocument } from "./document.js";
import { columnFormat, plural, short } from "./shared/numbers.js";

const LEGEND = [
  "insertion, deletion: mean payoff while players come in, or are taken away, the",
  "most important first; comprehensiveness, sufficiency: what is lost without the",
  "first 1, 5, 10, 20 and 50 % of the players, or with them alone; drop_k: what is lost",
  "without the first k; lds: rank correlation of payoffs with sums of values",
];

const BLOCKS = "▁▂▃▄▅▆▇█";

/** Every format of evaluations. */
export const EVALUATION_FORMATS = registryOf(jsonDocument<Evaluation>(), textDocument(evaluationText));

/** One evaluation for reading. */
function evaluationText(evaluation: Evaluation): string {
  const { spec, explainer, payoff, curves, metrics } = evaluation;
  const better = Object.values(metrics).filter(({ over_random }) => over_random.low > 0).length;
  const lines = [
    spec.path ?? "standard input",
    "",
    `values     ${explainer.sampler}: ${plural(explainer.n_players, "player")}, ${plural(explainer.coalitions, "coalition")}`,
    ...(payoff.kind === explainer.payoff ? [] : [`explained  by ${explainer.payoff}`]),
    `payoff     ${payoff.kind}: ${short(payoff.full)} with everything, ${short(payoff.empty)} with nothing`,
    "",
    ...metricTable(evaluation),
    "",
    ...LEGEND,
    "",
    `insertion  ${sparkline(curves.explanation.insertion, payoff)}  payoff as players come in`,
    `deletion   ${sparkline(curves.explanation.deletion, payoff)}  payoff as they are taken away`,
    "",
    `Better than random rankings, beyond chance, in ${better} of ${Object.keys(metrics).length} measures.`,
  ];
  return `${lines.map((line) => escapeControl(line)).join("\n")}\n`;
}

function metricTable({ metrics, random_rankings, confidence }: Evaluation): readonly string[] {
  const blocks = Object.entries(metrics) as [keyof Evaluation["metrics"], MetricBlock][];
  const format = columnFormat(
    blocks.flatMap(([, one]) => [one.explanation, one.leave_one_out, one.random, one.over_random.low, one.over_random.high]),
  );
  const percent = Math.round(confidence * 1000) / 10;
  const rows = [
    ["", "this", "leave-one-out", `random (${random_rankings})`, `better than random [${percent} %]`],
    ...blocks.map(
      ([
        metric,
        {
          better,
          explanation,
          leave_one_out,
          random,
          over_random: { value, low, high },
        },
      ]) => [
        `${metric} ${better === "higher" ? "↑" : "↓"}`,
        format(explanation),
        format(leave_one_out),
        format(random),
        `${format(value)} [${format(low)}, ${format(high)}]`,
      ],
    ),
  ];
  return columns(rows, ["left", "right"]);
}

/** At most 40 blocks, from the lower to the higher end of what the payoffs span. */
function sparkline(curve: readonly number[], { full, empty }: Evaluation["payoff"]): string {
  const low = minOf(curve, Math.min(full, empty));
  const high = maxOf(curve, Math.max(full, empty));
  const points = Math.min(40, curve.length);
  return Array.from({ length: points }, (_, i) => {
    const value = itemAt(curve, Math.round((i * (curve.length - 1)) / Math.max(1, points - 1)));
    return BLOCKS[high === low ? 0 : Math.min(BLOCKS.length - 1, Math.floor(((value - low) / (high - low)) * BLOCKS.length))];
  }).join("");
}
