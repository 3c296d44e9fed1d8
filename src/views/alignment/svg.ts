import type { AlignedUnit, Alignment } from "../../results/alignment.js";
import { defineFormat, itemByItem } from "../format.js";
import { type Html, h, join } from "../html/markup.js";

const ROW_S = 5;
const WIDTH = 1_000;
const MARGIN = 10;
const WAVE_HEIGHT = 80;
const LABEL_HEIGHT = 18;
const AXIS_HEIGHT = 16;
const ROW_HEIGHT = LABEL_HEIGHT + WAVE_HEIGHT + AXIS_HEIGHT + 12;
const SHADES = ["#dbe9f6", "#fde8cf"];

export const svg = defineFormat<Alignment>()({ name: "svg", endings: [".svg"], open: itemByItem(toSvg) });

/** The waveform in rows of five seconds, the units shaded and named: a person sees at a glance whether the edges are right. */
function toSvg(alignment: Alignment): string {
  const { seconds } = alignment.audio;
  const rows = Math.max(1, Math.ceil(seconds / ROW_S));
  const [width, height] = [WIDTH + 2 * MARGIN, rows * ROW_HEIGHT + MARGIN];
  const peak = alignment.waveform.samples.reduce((most, x) => Math.max(most, Math.abs(x)), 1e-9);
  const body = Array.from({ length: rows }, (_, row) => drawRow(alignment, row, peak));
  const size = { width: String(width), height: String(height), viewBox: `0 0 ${width} ${height}` };
  const svg = h(
    "svg",
    { xmlns: "http://www.w3.org/2000/svg", ...size, "font-family": "sans-serif", "font-size": "11" },
    BACKGROUND,
    join(body),
  );
  return `${svg.markup}\n`;
}

const BACKGROUND = h("rect", { width: "100%", height: "100%", fill: "#ffffff" });

/** Pixels from seconds within a row. */
const x = (seconds: number): string => fixed((seconds / ROW_S) * WIDTH);
const fixed = (n: number): string => String(Math.round(n * 10) / 10);

function drawRow(alignment: Alignment, row: number, peak: number): Html {
  const [from, to] = [row * ROW_S, Math.min(alignment.audio.seconds, (row + 1) * ROW_S)];
  const units = alignment.segments
    .map((unit, i) => ({ unit, shade: SHADES[i % 2] as string }))
    .filter(({ unit }) => unit.startS < to && unit.endS > from);
  const place = { transform: `translate(${MARGIN} ${MARGIN + row * ROW_HEIGHT})` };
  const wave = h("path", { d: outline(alignment, from, to, peak), stroke: "#2b4a6f", "stroke-width": "1", fill: "none" });
  return h("g", place, join(units.map(({ unit, shade }) => drawUnit(unit, shade, from, to))), wave, drawAxis(from, to));
}

function drawUnit(unit: AlignedUnit, shade: string, from: number, to: number): Html {
  const [left, right] = [Math.max(from, unit.startS) - from, Math.min(to, unit.endS) - from];
  const times = `${unit.token}: ${unit.startS.toFixed(3)} – ${unit.endS.toFixed(3)} s, confidence ${unit.confidence.toFixed(2)}`;
  const box = {
    x: x(left),
    y: String(LABEL_HEIGHT),
    width: fixed(((right - left) / ROW_S) * WIDTH),
    height: String(WAVE_HEIGHT),
    fill: shade,
  };
  const edge = (at: number): Html =>
    h("line", { x1: x(at), x2: x(at), y1: "4", y2: String(LABEL_HEIGHT + WAVE_HEIGHT), stroke: "#b03a2e" });
  const edges = [...(unit.startS >= from ? [edge(left)] : []), ...(unit.endS <= to ? [edge(right)] : [])];
  const label = h(
    "text",
    { x: x((left + right) / 2), y: "13", "text-anchor": "middle", ...squeezed(unit.token, right - left) },
    unit.token,
  );
  // A unit that two rows share is named where most of it stands.
  const named = right - left >= (unit.endS - unit.startS) / 2 ? [label] : [];
  return h("g", {}, h("title", {}, times), h("rect", box), join(edges), join(named));
}

/** Names of short words are narrowed to their box rather than run into the next. */
function squeezed(token: string, seconds: number): Readonly<Record<string, string>> {
  const room = (seconds / ROW_S) * WIDTH - 2;
  return token.length * 6 > room && room > 0 ? { textLength: fixed(room), lengthAdjust: "spacingAndGlyphs" } : {};
}

/** One vertical stroke a pixel, from the least to the greatest sample. */
function outline({ waveform: { samples, sampleRate } }: Alignment, from: number, to: number, peak: number): string {
  const middle = LABEL_HEIGHT + WAVE_HEIGHT / 2;
  const height = (value: number): string => fixed(middle - (value / peak) * (WAVE_HEIGHT / 2 - 2));
  const columns = Math.ceil(((to - from) / ROW_S) * WIDTH);
  return Array.from({ length: columns }, (_, column) => {
    const start = Math.floor((from + (column * ROW_S) / WIDTH) * sampleRate);
    const end = Math.max(start + 1, Math.floor((from + ((column + 1) * ROW_S) / WIDTH) * sampleRate));
    const part = samples.subarray(start, end);
    const low = part.reduce((a, b) => Math.min(a, b), 0);
    const high = part.reduce((a, b) => Math.max(a, b), 0);
    return `M${column} ${height(high)}V${height(low)}`;
  }).join("");
}

/** Ticks every half second, named every second. */
function drawAxis(from: number, to: number): Html {
  const y = LABEL_HEIGHT + WAVE_HEIGHT;
  const ticks = Array.from({ length: Math.floor((to - from) * 2) + 1 }, (_, i) => i / 2);
  const marks = ticks.flatMap((at) => {
    const whole = Number.isInteger(at);
    const tick = h("line", { x1: x(at), x2: x(at), y1: String(y), y2: String(y + (whole ? 5 : 3)), stroke: "#555555" });
    return whole ? [tick, h("text", { x: x(at), y: String(y + 15), "text-anchor": "middle", fill: "#555555" }, `${from + at} s`)] : [tick];
  });
  return h("g", {}, h("line", { x1: "0", x2: x(to - from), y1: String(y), y2: String(y), stroke: "#555555" }), join(marks));
}
