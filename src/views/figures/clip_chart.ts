import { certaintyOf } from "../shared/certainty.js";
import type { Clip, Unit } from "../sound/clips.js";
import { envelope, spectrogramPng } from "../sound/pictures.js";
import { fitted } from "./fit.js";
import { fillOf, inkOf } from "./hatch.js";
import { toneOf } from "./palette.js";
import { type ChartStyle, type Drawing, drawChart, Plot, type SvgElement } from "./plot.js";
import { hint, type Scene, shareOf } from "./scene.js";

/** Rows that a clip is drawn in are at most this long. */
const ROW_S = 6;
const WAVE = 70;
const SPECTROGRAM = 64;

/** From and to, in seconds, of every row; a short rest joins the row before it. */
export function rowsOf(seconds: number): readonly (readonly [from: number, to: number])[] {
  const rows = Math.max(1, Math.ceil(seconds / ROW_S - 0.25));
  const length = seconds / rows;
  return Array.from({ length: rows }, (_, row) => [row * length, (row + 1) * length] as const);
}

/** Options of one row. */
export interface ClipRow {
  readonly fromS: number;
  readonly toS: number;
  /** Segments can be chosen and played. */
  readonly playable: boolean;
}

/** Segments coloured by value, the waveform on them, words, a mel spectrogram, and the axis of time. */
export function drawClip(scene: Scene, clip: Clip, style: ChartStyle, { fromS, toS, playable }: ClipRow): Drawing {
  const units = clip.units.filter(({ startS, endS }) => startS < toS && endS > fromS);
  const words = style.fontSize * 1.7;
  const [wave, bottom] = [words + WAVE, words + WAVE + (clip.wave === null ? 0 : SPECTROGRAM + 4)];
  const inner = style.width - 2 * MARGIN;
  const perSecond = inner / (toS - fromS);
  const columns = clip.wave === null ? [] : envelope(clip.wave, fromS, toS, Math.round(inner * 1.5));
  const inked = columns.map((column) => {
    const piece = units.findIndex(({ startS, endS }) => startS <= column.atS && endS > column.atS);
    const unit = units[piece];
    return {
      ...column,
      piece,
      ink: unit === undefined ? "currentColor" : inkOf(shareOf(unit.player.value, scene.scale), certaintyOf(unit.player)),
    };
  });
  const middle = words + WAVE / 2;
  const share = ({ player }: Unit) => shareOf(player.value, scene.scale);
  const left = ({ startS }: Unit) => Math.max(fromS, startS);
  const right = ({ endS }: Unit) => Math.min(toS, endS);
  const names = units.filter(
    ({ player, startS, endS }) => player.text !== "" && middleOf({ startS, endS }) >= fromS && middleOf({ startS, endS }) < toS,
  );
  const room = (unit: Unit) => (right(unit) - left(unit)) * perSecond + 6;
  const picture =
    clip.wave === null ? [] : [`data:image/png;base64,${Buffer.from(spectrogramPng(clip.wave, fromS, toS)).toString("base64")}`];
  const half = WAVE / 2 - 3;
  return drawChart(
    style,
    `Sound from ${fromS.toFixed(1)} to ${toS.toFixed(1)} s: ${units.map(({ player }) => hint(scene, player)).join("; ")}`,
    {
      height: bottom + style.fontSize * 2.6,
      marginLeft: MARGIN,
      marginRight: MARGIN,
      marginTop: 0,
      marginBottom: style.fontSize * 2.6,
      x: {
        domain: [fromS, toS],
        label: null,
        ticks: Math.max(2, Math.round(inner / 90)),
        tickFormat: (s: number) => `${Number(s.toFixed(2))} s`,
      },
      y: { axis: null, domain: [bottom, 0] },
      marks: [
        Plot.rect(units, {
          x1: left,
          x2: right,
          y1: words,
          y2: wave,
          fill: (unit: Unit) => fillOf(share(unit), certaintyOf(unit.player)),
          stroke: "var(--page)",
          strokeWidth: 1.5,
          rx: 3,
        }),
        ...(columns.length === 0
          ? []
          : [
              Plot.areaY(inked, {
                x: "atS",
                y1: ({ low }) => middle - low * half,
                y2: ({ high }) => middle - high * half,
                z: "piece",
                fill: "ink",
                fillOpacity: 0.8,
              }),
            ]),
        Plot.text(names, {
          x: (unit: Unit) => (left(unit) + right(unit)) / 2,
          y: () => words * 0.55,
          text: (unit: Unit) => nameOf(scene, unit, room(unit), share(unit), style),
        }),
        ...picture.map((src) =>
          Plot.image([0], {
            x: (fromS + toS) / 2,
            y: () => wave + 4 + SPECTROGRAM / 2,
            src: () => src,
            width: inner,
            height: SPECTROGRAM,
            preserveAspectRatio: "none",
          }),
        ),
      ],
    },
    (svg) => finish(svg, scene, clip, units, playable),
  );
}

const MARGIN = 14;
const middleOf = ({ startS, endS }: Pick<Unit, "startS" | "endS">): number => (startS + endS) / 2;

/** A word with its sign, which a print in grey would lose. */
function nameOf({ labels }: Scene, { player }: Unit, room: number, share: number, { measure }: ChartStyle): string {
  const mark = certaintyOf(player) === "sure" && toneOf(share) !== null && Math.abs(share) >= 0.05 ? (share > 0 ? "⁺" : "⁻") : "";
  return fitted(labels.get(player)?.text ?? "", room - measure(mark), measure) + mark;
}

function finish(svg: SvgElement, scene: Scene, clip: Clip, units: readonly Unit[], playable: boolean): void {
  for (const image of svg.querySelectorAll("image")) image.setAttribute("class", "spectrogram");
  let i = 0;
  for (const rect of svg.querySelectorAll('g[data-mark="rect"] rect')) {
    const unit = units[i++];
    if (unit === undefined) continue;
    rect.setAttribute("data-player", String(unit.player.index));
    if (!playable) continue;
    const play = {
      class: "play",
      role: "button",
      tabindex: "0",
      "data-clip": String(clip.index),
      "data-start": String(unit.startS),
      "data-end": String(unit.endS),
      "aria-label": `play ${hint(scene, unit.player)}`,
    };
    for (const [name, value] of Object.entries(play)) rect.setAttribute(name, value);
  }
  // What holds buttons is no picture.
  if (playable) svg.setAttribute("role", "group");
}
