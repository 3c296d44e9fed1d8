import { maxOf, minOf, sum } from "../../util/arrays.js";
import { certaintyOf } from "../shared/certainty.js";
import { plural, short } from "../shared/numbers.js";
import { fitted } from "./fit.js";
import { edgeOf, fillOf } from "./hatch.js";
import { type ChartStyle, type Drawing, drawChart, Plot } from "./plot.js";
import { chartLabel, ranked, type Scene, shareOf } from "./scene.js";

interface Step {
  readonly id: string;
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly fill: string;
  readonly edge: string;
  readonly text: string;
  readonly player: string;
}

/** Beyond rounding, in shares of |full − empty|. */
const GAP = 1e-6;

/** From v(∅), the payoff with nothing, by every player's value to v(N), the payoff with everything. */
export function drawWaterfall(scene: Scene, style: ChartStyle, longest: number): Drawing {
  const steps = stepsOf(scene, longest);
  const { fontSize, measure, width } = style;
  const row = Math.round(fontSize * 1.9);
  const names = new Map(steps.map(({ id, name }) => [id, fitted(name, width * 0.34, measure)] as const));
  const left = maxOf([...names.values()].map(measure)) + 14;
  const { full, empty } = scene.result.payoff;
  const links = steps.slice(0, -1).map(({ id, to }, i) => ({ to, id, next: steps[i + 1]?.id ?? id }));
  return drawChart(
    style,
    `From ${short(empty)} with nothing to ${short(full)} with everything: ${steps.map(({ name, text }) => `${name} ${text}`).join("; ")}`,
    {
      height: row * steps.length + fontSize * 3.4,
      marginLeft: left,
      marginRight: measure("+00.0000") + 8,
      marginTop: 4,
      marginBottom: fontSize * 3.2,
      x: {
        label: "payoff",
        grid: true,
        ticks: Math.max(3, Math.round(width / 120)),
        labelAnchor: "center",
        labelArrow: false,
        nice: true,
        domain: limitsOf(steps),
      },
      y: { label: null, domain: steps.map(({ id }) => id), tickFormat: (id: string) => names.get(id) ?? "", tickSize: 0, padding: 0.28 },
      marks: [
        Plot.link(links, { x1: "to", x2: "to", y1: "id", y2: "next", stroke: "currentColor", strokeOpacity: 0.45, strokeDasharray: "2 2" }),
        Plot.barX(steps, {
          x1: (d: Step) => Math.min(d.from, d.to),
          x2: (d: Step) => Math.max(d.from, d.to),
          y: "id",
          fill: "fill",
          stroke: "edge",
          strokeWidth: 0.8,
          rx: 1.5,
        }),
        Plot.text(steps, {
          x: (d: Step) => Math.max(d.from, d.to),
          y: "id",
          text: "text",
          textAnchor: "start",
          dx: 6,
          fontVariant: "tabular-nums",
        }),
      ],
    },
    (svg) => {
      let i = 0;
      for (const rect of svg.querySelectorAll('g[data-mark="bar"] rect')) {
        const player = steps[i++]?.player ?? "";
        if (player !== "") rect.setAttribute("data-player", player);
      }
    },
  );
}

function stepsOf(scene: Scene, longest: number): readonly Step[] {
  const { result, format, scale } = scene;
  const { full, empty } = result.payoff;
  const all = ranked(scene);
  const shown = all.length > longest + 1 ? all.slice(0, longest) : all;
  const rest = all.slice(shown.length);
  let at = empty;
  const step = (id: string, name: string, value: number, fill: string, player = ""): Step => {
    const from = at;
    at += value;
    return { id, name, from, to: at, fill, edge: edgeOf(value), text: format(value), player };
  };
  const mark = (id: string, name: string, value: number): Step => {
    const width = span(full, empty) * 0.004;
    return { id, name, from: value - width, to: value + width, fill: "currentColor", edge: "currentColor", text: short(value), player: "" };
  };
  const players = shown.map((player) =>
    step(
      `p${player.index}`,
      chartLabel(scene, player),
      player.value,
      fillOf(shareOf(player.value, scale), certaintyOf(player)),
      String(player.index),
    ),
  );
  const together = sum(rest.map(({ value }) => value));
  const others =
    rest.length === 0 ? [] : [step("rest", `${plural(rest.length, "other")} together`, together, fillOf(shareOf(together, scale), "sure"))];
  const gap = full - at;
  const lost = Math.abs(gap) > GAP * span(full, empty) ? [step("gap", "not shared out", gap, "var(--line)")] : [];
  return [mark("empty", "with nothing", empty), ...players, ...others, ...lost, mark("full", "with everything", full)];
}

const span = (full: number, empty: number): number => Math.abs(full - empty) || 1;

function limitsOf(steps: readonly Step[]): [number, number] {
  const ends = steps.flatMap(({ from, to }) => [from, to]);
  return [minOf(ends), maxOf(ends)];
}
