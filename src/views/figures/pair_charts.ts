import { maxOf } from "../../util/arrays.js";
import { fitted } from "./fit.js";
import { edgeOf, fillOf } from "./hatch.js";
import { involved, type Pair, type Pairs } from "./pairs.js";
import { type ChartStyle, type Drawing, drawChart, Plot, type SvgElement } from "./plot.js";
import { chartLabel, type Scene, shareOf } from "./scene.js";

const MOST_CELLS = 32;
const MOST_ARCS = 24;
const MOST_STOPS = 28;

/** Every pair that was found as a cell, players in order of the conversation. */
export function drawMatrix(scene: Scene, pairs: Pairs, style: ChartStyle): Drawing {
  const players = involved(pairs.found, MOST_CELLS);
  const ids = players.map(({ index }) => String(index));
  const shown = pairs.found.filter(({ first, second }) => players.includes(first) && players.includes(second));
  const cells = shown.flatMap((pair) => [
    { x: String(pair.first.index), y: String(pair.second.index), pair },
    { x: String(pair.second.index), y: String(pair.first.index), pair },
  ]);
  const names = new Map(
    players.map((player) => [String(player.index), fitted(chartLabel(scene, player), style.width * 0.2, style.measure)] as const),
  );
  const widest = maxOf([...names.values()].map(style.measure), 20);
  const side = Math.min(46, (style.width - widest - 24) / players.length);
  const fill = ({ pair }: { readonly pair: Pair }) => fillOf(shareOf(pair.value, pairs.scale), "sure");
  const axis = { label: null, domain: ids, tickFormat: (id: string) => names.get(id) ?? "", tickSize: 0, padding: 0.06 };
  return drawChart(
    { ...style, width: side * players.length + widest + 24 },
    labelOf("Interactions as a matrix", shown),
    {
      height: side * players.length + widest * 0.75 + 20,
      marginLeft: widest + 12,
      marginRight: 12,
      marginTop: 4,
      marginBottom: widest * 0.75 + 16,
      x: { ...axis, tickRotate: -45 },
      y: axis,
      marks: [
        Plot.cell(cells, {
          x: "x",
          y: "y",
          fill,
          stroke: ({ pair }: { readonly pair: Pair }) => edgeOf(pair.value),
          strokeOpacity: 0.35,
          rx: 2,
        }),
        Plot.cell(ids, { x: (id: string) => id, y: (id: string) => id, fill: "var(--line)", fillOpacity: 0.45, rx: 2 }),
      ],
    },
    (svg) =>
      hints(
        svg,
        'g[data-mark="cell"] rect',
        cells.map(({ pair }) => pair),
      ),
  );
}

/** The strongest pairs as arcs: those that are worth more together above the line, those that can stand for each other below. */
export function drawArcs(scene: Scene, pairs: Pairs, style: ChartStyle): Drawing {
  const strongest = pairs.found.slice(0, MOST_ARCS);
  const players = involved(strongest, MOST_STOPS);
  const shown = strongest.filter(({ first, second }) => players.includes(first) && players.includes(second));
  const names = players.map((player) => fitted(chartLabel(scene, player), 110, style.measure));
  const slanted = names.some((name) => style.measure(name) > (style.width - 2 * SIDE) / players.length - 4);
  const depth = slanted ? maxOf(names.map(style.measure)) * 0.71 + 10 : style.fontSize * 1.6;
  // Slanted names end below their player, so that the first one's reaches to the left.
  const left = slanted ? Math.max(SIDE, depth - SIDE / 2) : SIDE;
  const room = (style.width - left - SIDE) / players.length;
  const reach = (sign: number) =>
    maxOf(
      shown.filter(({ value }) => value * sign > 0).map(({ first, second }) => Math.abs(place(second) - place(first))),
      0,
    );
  const place = (player: Pair["first"]): number => players.indexOf(player);
  // The height of an arc over a chord: half of it times tan(bend / 2).
  const height = (chord: number): number => (chord * room * Math.tan((BEND * Math.PI) / 360)) / 2 + 6;
  const [above, below] = [height(reach(1)), height(reach(-1))];
  const total = above + below + depth;
  const arc = (pair: Pair) => ({
    pair,
    from: pair.value > 0 ? Math.min(place(pair.first), place(pair.second)) : Math.max(place(pair.first), place(pair.second)),
    to: pair.value > 0 ? Math.max(place(pair.first), place(pair.second)) : Math.min(place(pair.first), place(pair.second)),
    y: pair.value > 0 ? above : above + depth,
  });
  const arcs = shown.toReversed().map(arc);
  const common = {
    x1: "from",
    x2: "to",
    y1: "y",
    y2: "y",
    bend: BEND,
    headLength: 0,
    stroke: ({ pair }: { readonly pair: Pair }) => edgeOf(pair.value),
    strokeWidth: ({ pair }: { readonly pair: Pair }) => 0.8 + 4.2 * Math.abs(shareOf(pair.value, pairs.scale)),
  } as const;
  return drawChart(
    style,
    labelOf("The strongest interactions as arcs", shown),
    {
      height: total,
      margin: 0,
      marginLeft: left,
      marginRight: SIDE,
      x: { axis: null, domain: [-0.5, players.length - 0.5] },
      y: { axis: null, domain: [total, 0] },
      marks: [
        Plot.arrow(arcs, common),
        Plot.text(players, {
          x: (_: unknown, i: number) => i,
          y: () => above + (slanted ? 4 : depth / 2),
          text: (_: unknown, i: number) => names[i] ?? "",
          ...(slanted ? { rotate: -45, textAnchor: "end" } : {}),
        }),
      ],
    },
    (svg) =>
      hints(
        svg,
        'g[data-mark="arrow"] path',
        arcs.map(({ pair }) => pair),
      ),
  );
}

const BEND = 60;
const SIDE = 30;

function hints(svg: SvgElement, selector: string, pairs: readonly Pair[]): void {
  let i = 0;
  for (const element of svg.querySelectorAll(selector)) {
    const pair = pairs[i++];
    if (pair !== undefined) element.setAttribute("data-hint", pair.hint);
  }
}

function labelOf(what: string, pairs: readonly Pair[]): string {
  return `${what}: ${pairs
    .slice(0, 10)
    .map(({ hint }) => hint)
    .join("; ")}${pairs.length > 10 ? "; and more" : ""}`;
}
