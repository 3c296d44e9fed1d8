import type { ResultPlayer } from "../../results/result_schema.js";
import { maxOf } from "../../util/arrays.js";
import { fitted } from "./fit.js";
import { type ChartStyle, type Drawing, drawChart, Plot } from "./plot.js";
import { chartLabel, type Scene } from "./scene.js";

/** One player in two results. */
interface Twin {
  readonly id: string;
  readonly name: string;
  readonly a: ResultPlayer;
  readonly b: ResultPlayer;
}

/** Values of the same players in two results, the largest difference first: a filled, b hollow, each with its interval. */
export function drawDifferences(a: Scene, b: Scene, style: ChartStyle, longest: number): Drawing {
  const twins = a.result.players.flatMap((player, i): readonly Twin[] => {
    const other = b.result.players[i];
    return other === undefined ? [] : [{ id: String(player.index), name: chartLabel(a, player), a: player, b: other }];
  });
  const apart = ({ a: one, b: other }: Twin): number => Math.abs(one.value - other.value);
  const shown = twins.toSorted((one, other) => apart(other) - apart(one)).slice(0, longest);
  const { fontSize, measure, width } = style;
  const row = Math.round(fontSize * 2.1);
  const names = new Map(shown.map(({ id, name }) => [id, fitted(name, width * 0.32, measure)] as const));
  const shift = row * 0.17;
  const whiskers = (side: "a" | "b") => ({
    x1: (twin: Twin) => twin[side].interval?.[0],
    x2: (twin: Twin) => twin[side].interval?.[1],
    y: "id",
    stroke: "currentColor",
    strokeOpacity: 0.7,
    dy: side === "a" ? -shift : shift,
  });
  const sampled = (side: "a" | "b") =>
    shown.filter((twin) => twin[side].interval !== null && twin[side].interval?.[0] !== twin[side].interval?.[1]);
  return drawChart(
    style,
    `Values of the same players in a and b: ${shown.map(({ name, a: one, b: other }) => `${name} ${a.format(one.value)} and ${a.format(other.value)}`).join("; ")}`,
    {
      height: row * shown.length + fontSize * 3.4,
      marginLeft: maxOf([...names.values()].map(measure), 20) + 14,
      marginRight: 14,
      marginTop: 4,
      marginBottom: fontSize * 3.2,
      x: {
        label: "Shapley value, payoff units: a ●, b ○",
        grid: true,
        nice: true,
        ticks: Math.max(3, Math.round(width / 120)),
        labelAnchor: "center",
        labelArrow: false,
      },
      y: { label: null, domain: shown.map(({ id }) => id), tickFormat: (id: string) => names.get(id) ?? "", tickSize: 0 },
      marks: [
        Plot.ruleX([0], { stroke: "currentColor", strokeOpacity: 0.5 }),
        Plot.ruleY(sampled("a"), whiskers("a")),
        Plot.ruleY(sampled("b"), whiskers("b")),
        Plot.dot(shown, { x: (twin: Twin) => twin.a.value, y: "id", fill: "currentColor", r: 4, dy: -shift }),
        Plot.dot(shown, {
          x: (twin: Twin) => twin.b.value,
          y: "id",
          fill: "var(--page)",
          stroke: "currentColor",
          strokeWidth: 1.5,
          r: 4,
          dy: shift,
        }),
      ],
    },
    (svg) => {
      let i = 0;
      for (const dot of svg.querySelectorAll('g[data-mark="dot"] circle'))
        dot.setAttribute("data-player", shown[i++ % shown.length]?.id ?? "");
    },
  );
}
