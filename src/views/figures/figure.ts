import { assertFinite } from "../../results/finite.js";
import type { Result } from "../../results/result_schema.js";
import type { FigureOptions, Panel } from "../figure_options.js";
import { drawn, type Html, h, join } from "../html/markup.js";
import { clipsOf } from "../sound/clips.js";
import { drawBars } from "./bars.js";
import { drawClip, rowsOf } from "./clip_chart.js";
import { drawColourBar } from "./colour_bar.js";
import { type Face, loadFace } from "./font.js";
import { hatches } from "./hatch.js";
import { drawHeatText } from "./heat_text.js";
import { drawArcs, drawMatrix } from "./pair_charts.js";
import { pairsOf } from "./pairs.js";
import { resolved } from "./palette.js";
import type { ChartStyle, Drawing } from "./plot.js";
import { percentOf, type Scene, sceneOf } from "./scene.js";
import { drawWaterfall } from "./waterfall.js";

/** A figure for a paper: SVG of fixed size, light, with every colour written out. */
export interface Figure {
  readonly svg: string;
  readonly face: Face;
  /** Pixels of 1/96 inch. */
  readonly width: number;
  readonly height: number;
}

/** 8 points. */
const FONT_PX = (8 / 72) * 96;
const PX_PER_MM = 96 / 25.4;
const GAP = 10;
/** Of the whole figure. */
const EDGE = 4;
/** Bars of a figure; a paper's reader wants the largest. */
const LONGEST = 20;

/** Panels of one result below each other. */
export function drawFigure(result: Result, options: FigureOptions): Figure {
  assertFinite(result, "result");
  const scene = sceneOf(result);
  const panels = options.panels ?? (clipsOf(result).length > 0 ? ["text", "sound", "bars"] : ["text", "bars"]);
  return compose(options, (style) => panels.flatMap((panel) => PANEL_DRAWINGS[panel](scene, style)));
}

/** Drawings below each other, with a note on what the face cannot show. */
export function compose({ widthMm, font }: FigureOptions, draw: (style: ChartStyle) => readonly Drawing[]): Figure {
  const face = loadFace(font);
  const whole = widthMm * PX_PER_MM;
  const width = whole - 2 * EDGE;
  const style: ChartStyle = { width, fontSize: FONT_PX, fontFamily: face.family, measure: (text) => face.width(text, FONT_PX) };
  const drawings = draw(style);
  const lacking = face.missing(texts(drawings));
  const notes =
    lacking.length === 0
      ? []
      : [
          note(
            `${face.family} has no shape for ${lacking
              .slice(0, 12)
              .map((c) => `U+${(c.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`)
              .join(", ")}: draw with a --font that has`,
            style,
          ),
        ];
  const all = [...drawings, ...notes];
  const height = all.reduce((sum, one) => sum + one.height, 0) + GAP * Math.max(0, all.length - 1);
  const body = all.map((one, i) => {
    const y = all.slice(0, i).reduce((sum, before) => sum + before.height + GAP, 0);
    return drawn({ markup: one.markup.replace(/^<svg /, `<svg x="${EDGE}" y="${EDGE + y}" `) });
  });
  return { svg: outer(whole, height + 2 * EDGE, body), face, width: whole, height: height + 2 * EDGE };
}

function outer(width: number, height: number, body: readonly Html[]): string {
  const size = { width: String(width), height: String(height), viewBox: `0 0 ${width} ${height}` };
  const { markup } = h(
    "svg",
    { xmlns: "http://www.w3.org/2000/svg", ...size },
    drawn({ markup: hatches(join(body).markup) }),
    h("rect", { width: String(width), height: String(height), fill: "var(--page)" }),
    join(body),
  );
  return resolved(markup);
}

const PANEL_DRAWINGS: Readonly<Record<Panel, (scene: Scene, style: ChartStyle) => readonly Drawing[]>> = {
  text: (scene, style) => [drawHeatText(scene, style), ...legend(scene, style)],
  sound: (scene, style) =>
    clipsOf(scene.result).flatMap((clip) =>
      rowsOf(clip.seconds).map(([fromS, toS]) => drawClip(scene, clip, style, { fromS, toS, playable: false })),
    ),
  bars: (scene, style) => (scene.result.players.length === 0 ? [] : [drawBars(scene, style, { longest: LONGEST })]),
  waterfall: (scene, style) => (scene.result.players.length === 0 ? [] : [drawWaterfall(scene, style, LONGEST)]),
  arcs: (scene, style) => pairPanel(scene, style, drawArcs),
  matrix: (scene, style) => pairPanel(scene, style, drawMatrix),
};

function pairPanel(scene: Scene, style: ChartStyle, draw: typeof drawArcs): readonly Drawing[] {
  const pairs = pairsOf(scene);
  if (pairs === null) return [];
  if (pairs.found.length === 0) return [note(pairs.note, style)];
  return pairs.exact ? [draw(scene, pairs, style)] : [draw(scene, pairs, style), note(pairs.note, style)];
}

function legend(scene: Scene, style: ChartStyle): readonly Drawing[] {
  if (scene.scale === 0) return [];
  const bar = drawColourBar(scene.scale, { ...style, width: Math.min(style.width, 200) });
  const unsure = scene.result.players.some(({ interval }) => interval !== null && interval[0] !== interval[1]);
  return unsure ? [bar, note(`⁺ raises, ⁻ lowers; striped: the ${percentOf(scene.result)} interval holds 0`, style)] : [bar];
}

function note(content: string, { width, fontSize, fontFamily }: ChartStyle): Drawing {
  const height = fontSize * 1.3;
  const size = { width: String(width), height: String(height), viewBox: `0 0 ${width} ${height}` };
  const line = h("text", { x: "0", y: String(fontSize), fill: "var(--faint)" }, content);
  return { ...h("svg", { ...size, "font-size": String(fontSize * 0.9), "font-family": fontFamily }, line), width, height };
}

/** Every text that is drawn. */
function texts(drawings: readonly Drawing[]): string {
  return drawings
    .map(({ markup }) => [...markup.matchAll(/>([^<]+)<\/t(?:ext|span)>/g)].map(([, text]) => text?.replace(/&#?\w+;/g, "")).join(""))
    .join("");
}
