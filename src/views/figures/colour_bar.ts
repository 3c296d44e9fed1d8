import { columnFormat } from "../shared/numbers.js";
import { STEPS } from "./palette.js";
import { type ChartStyle, type Drawing, drawChart, Plot } from "./plot.js";

/** The colours of −scale … +scale with numbers. */
export function drawColourBar(scale: number, style: ChartStyle): Drawing {
  const format = columnFormat([scale]);
  const steps = Array.from({ length: 2 * STEPS + 1 }, (_, i) => i - STEPS);
  const ends = [-1, 0, 1].map((share) => share * scale);
  return drawChart(style, `Colours from ${format(-scale)} to ${format(scale)}`, {
    height: style.fontSize * 3.1,
    marginTop: 2,
    marginBottom: style.fontSize * 1.9,
    marginLeft: style.measure(format(-scale)) / 2 + 4,
    marginRight: style.measure(format(scale)) / 2 + 4,
    x: { domain: [-scale * 1.02, scale * 1.02], ticks: ends, tickFormat: (value: number) => format(value), label: null },
    y: { axis: null, domain: [0, 1] },
    marks: [
      Plot.rect(steps, {
        x1: (step: number) => ((step - 0.5) / (STEPS + 0.5)) * scale * 1.02,
        x2: (step: number) => ((step + 0.5) / (STEPS + 0.5)) * scale * 1.02,
        y1: 0,
        y2: 1,
        fill: (step: number) => (step === 0 ? "var(--page)" : `var(--${step > 0 ? "r" : "l"}${Math.abs(step)})`),
        shapeRendering: "crispEdges",
      }),
      Plot.frame({ stroke: "currentColor", strokeOpacity: 0.35 }),
    ],
  });
}
