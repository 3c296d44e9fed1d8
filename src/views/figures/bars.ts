import type { ResultPlayer } from "../../results/result_schema.js";
import { maxOf } from "../../util/arrays.js";
import { certaintyOf } from "../shared/certainty.js";
import { plural } from "../shared/numbers.js";
import { fitted } from "./fit.js";
import { edgeOf, fillOf } from "./hatch.js";
import { type ChartStyle, type Drawing, drawChart, Plot } from "./plot.js";
import { chartLabel, hint, percentOf, ranked, type Scene, shareOf } from "./scene.js";

export interface BarsOptions {
  /** Players drawn; the rest share a line below. */
  readonly longest: number;
}

interface Bar {
  readonly id: string;
  readonly player: ResultPlayer;
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
}

/** Players by falling |value| with their intervals. */
export function drawBars(scene: Scene, style: ChartStyle, { longest }: BarsOptions): Drawing {
  const all = ranked(scene);
  const shown = all.length > longest + 1 ? all.slice(0, longest) : all;
  const bars = shown.map((player): Bar => {
    const [low, high] = player.interval ?? [null, null];
    return { id: String(player.index), player, value: player.value, low: low === high ? null : low, high: low === high ? null : high };
  });
  const { fontSize, measure } = style;
  const row = Math.round(fontSize * 1.9);
  const names = new Map(bars.map(({ id, player }) => [id, fitted(chartLabel(scene, player), style.width * 0.32, measure)] as const));
  const values = bars.map(({ value }) => scene.format(value));
  const [left, right] = [maxOf([...names.values()].map(measure), 20) + 14, maxOf(values.map(measure), 20) + 12];
  const limits = bars.flatMap(({ value, low, high }) => [0, value, low ?? 0, high ?? 0]);
  const fill = ({ value, player }: Bar) => fillOf(shareOf(value, scene.scale), certaintyOf(player));
  const withError = bars.filter(({ low }) => low !== null);
  const cap = row * 0.28;
  return drawChart(
    style,
    `Values of ${plural(shown.length, "player")}, largest first: ${bars.map(({ player }) => hint(scene, player)).join("; ")}`,
    {
      height: row * bars.length + fontSize * 3.4,
      marginLeft: left,
      marginRight: right,
      marginTop: 4,
      marginBottom: fontSize * 3.2,
      x: {
        label: `Shapley value, payoff units${withError.length > 0 ? ` (whiskers: ${percentOf(scene.result)} interval)` : ""}`,
        domain: extent(limits),
        grid: true,
        ticks: Math.max(3, Math.round(style.width / 120)),
        nice: true,
        labelAnchor: "center",
        labelArrow: false,
      },
      y: { label: null, domain: bars.map(({ id }) => id), tickFormat: (id: string) => names.get(id) ?? "", tickSize: 0, padding: 0.28 },
      marks: [
        Plot.ruleX([0], { stroke: "currentColor", strokeOpacity: 0.5 }),
        Plot.barX(bars, { x: "value", y: "id", fill, stroke: ({ value }: Bar) => edgeOf(value), strokeWidth: 0.8, rx: 2 }),
        Plot.ruleY(withError, { x1: "low", x2: "high", y: "id", stroke: "currentColor", strokeWidth: 1.4 }),
        Plot.tickX(withError, { x: "low", y: "id", insetTop: cap / 2, insetBottom: cap / 2, stroke: "currentColor", strokeWidth: 1.4 }),
        Plot.tickX(withError, { x: "high", y: "id", insetTop: cap / 2, insetBottom: cap / 2, stroke: "currentColor", strokeWidth: 1.4 }),
        Plot.text(bars, {
          y: "id",
          frameAnchor: "right",
          textAnchor: "end",
          dx: right - 2,
          text: (_: Bar, i: number) => values[i] ?? "",
          fontVariant: "tabular-nums",
        }),
      ],
    },
    (svg) => {
      let i = 0;
      for (const rect of svg.querySelectorAll('g[data-mark="bar"] rect')) rect.setAttribute("data-player", bars[i++]?.id ?? "");
    },
  );
}

function extent(values: readonly number[]): [number, number] {
  const [low, high] = [
    -maxOf(
      values.map((value) => -value),
      0,
    ),
    maxOf(values, 0),
  ];
  return low === high ? [-1, 1] : [low, high];
}
