import { type Html, h, join } from "../html/markup.js";
import { certaintyOf } from "../shared/certainty.js";
import { type Stretch, turnsOf } from "../shared/turns.js";
import { edgeOf, fillOf, inkOf } from "./hatch.js";
import { toneOf } from "./palette.js";
import type { ChartStyle, Drawing } from "./plot.js";
import { type Scene, shareOf } from "./scene.js";

/** Smaller shares of the largest |value| have no mark. */
const MARKED = 0.05;

interface Place {
  readonly x: number;
  readonly y: number;
}

/** The conversation as coloured words, broken into lines. */
export function drawHeatText(scene: Scene, style: ChartStyle): Drawing {
  const { fontSize, measure, width } = style;
  const line = fontSize * 1.9;
  const margin = measure("assistant") + 10;
  const parts: Html[] = [];
  let y = line * 0.7;
  for (const { speaker, stretches } of turnsOf(scene.result)) {
    let x = margin;
    parts.push(text({ x: 0, y }, speaker, { fill: "var(--faint)" }));
    for (const piece of stretches.flatMap(pieces)) {
      const [mark, wide] = [markOf(piece, scene), measure(piece.text)];
      const whole = wide + measure(mark);
      x += measure(piece.lead);
      if (x > margin && x + whole > width) [x, y] = [margin, y + line];
      parts.push(drawPiece(piece, mark, { x, y }, whole, scene, style));
      x += whole + measure(piece.trail) + (piece.player === null ? 0 : GAP);
    }
    y += line * 1.1;
  }
  const height = Math.ceil(y - line * 0.55);
  const size = { width: String(width), height: String(height), viewBox: `0 0 ${width} ${height}` };
  const { markup } = h(
    "svg",
    { xmlns: "http://www.w3.org/2000/svg", ...size, "font-size": String(fontSize), "font-family": style.fontFamily, fill: "currentColor" },
    join(parts),
  );
  return { markup, width, height };
}

const GAP = 1.5;

/** Words of what is no player break one by one; line breaks are blanks here. */
function pieces(stretch: Stretch): readonly Stretch[] {
  const flat = {
    ...stretch,
    lead: stretch.lead === "" ? "" : " ",
    trail: stretch.trail === "" ? "" : " ",
    text: stretch.text.replace(/\s+/gu, " "),
  };
  if (stretch.player !== null) return [flat];
  const words = flat.text.split(" ");
  return words.map((word, i) => ({
    ...flat,
    text: word,
    lead: i === 0 ? flat.lead : "",
    trail: i === words.length - 1 ? flat.trail : " ",
  }));
}

function markOf({ player }: Stretch, { scale }: Scene): string {
  const share = player === null ? 0 : shareOf(player.value, scale);
  return player === null || certaintyOf(player) === "unsure" || Math.abs(share) < MARKED ? "" : share > 0 ? "⁺" : "⁻";
}

function drawPiece(
  { player, text: said }: Stretch,
  mark: string,
  { x, y }: Place,
  wide: number,
  { scale }: Scene,
  { fontSize }: ChartStyle,
): Html {
  if (player === null) return text({ x, y }, said, { fill: "var(--faint)" });
  const share = shareOf(player.value, scale);
  const certainty = certaintyOf(player);
  const edge =
    certainty === "sure"
      ? {}
      : {
          stroke: toneOf(share) === null ? "var(--line)" : edgeOf(share),
          "stroke-width": "0.5",
          ...(certainty === "unknown" ? { "stroke-dasharray": "2 1.5" } : {}),
        };
  const fill = toneOf(share) === null && certainty === "sure" ? "none" : fillOf(share, certainty === "unsure" ? "unsure" : "sure");
  const box = { x: fixed(x - 2), y: fixed(y - fontSize * 1.02), width: fixed(wide + 4), height: fixed(fontSize * 1.42), rx: "2.5", fill };
  const ink = inkOf(share, certainty === "unsure" ? "unsure" : "sure");
  return h("g", {}, h("rect", { ...box, ...edge }), text({ x, y }, said + mark, { fill: ink }));
}

const text = ({ x, y }: Place, content: string, more: Readonly<Record<string, string>>): Html =>
  h("text", { x: fixed(x), y: fixed(y), ...more }, content);
const fixed = (value: number): string => String(Math.round(value * 100) / 100);
