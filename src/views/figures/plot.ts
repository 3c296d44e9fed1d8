import * as Plot from "@observablehq/plot";
import { DOMParser } from "linkedom";

/** What is used of the elements that Plot makes. */
export interface SvgElement {
  readonly outerHTML: string;
  setAttribute(name: string, value: string): void;
  getAttribute(name: string): string | null;
  removeAttribute(name: string): void;
  remove(): void;
  querySelector(selector: string): SvgElement | null;
  querySelectorAll(selector: string): Iterable<SvgElement>;
}

/** A drawing of its own size, in pixels of 1/96 inch; colours are `currentColor` and the palette's custom properties. */
export interface Drawing {
  readonly markup: string;
  readonly width: number;
  readonly height: number;
}

/** How a chart is drawn. */
export interface ChartStyle {
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly fontSize: number;
  /** Family that the reader of the file has. */
  readonly fontFamily: string;
  /** Width of a text in pixels. */
  readonly measure: (text: string) => number;
}

/**
 * Observable Plot draws into any document: this one is made of text, so that charts need no browser. It is one of XML, which writes every
 * character out that means something in an attribute; one of HTML does not.
 */
const document = new DOMParser().parseFromString("<svg/>", "image/svg+xml");

/**
 * One chart as SVG markup without style elements, which a page's security policy would forbid.
 * @param label what it shows, for those who cannot see it
 * @param finish puts on the elements what Plot has no option for
 */
export function drawChart(
  { width, fontSize, fontFamily }: ChartStyle,
  label: string,
  options: Plot.PlotOptions,
  finish: (svg: SvgElement) => void = () => undefined,
): Drawing {
  const own = { width, document, style: { fontSize: `${fontSize}px`, fontFamily } };
  // Its types know a browser's document only.
  const plot = Plot.plot({ ...options, ...own } as unknown as Plot.PlotOptions);
  const svg = plot as unknown as SvgElement;
  svg.querySelector("style")?.remove();
  for (const name of ["class", "style"]) svg.removeAttribute(name);
  for (const [name, value] of Object.entries({
    "font-size": String(fontSize),
    "font-family": fontFamily,
    role: "img",
    "aria-label": label,
  })) {
    svg.setAttribute(name, value);
  }
  for (const group of svg.querySelectorAll("[aria-label]")) nameMark(group);
  finish(svg);
  const height = Number(svg.getAttribute("height"));
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  return { markup: svg.outerHTML, width, height };
}

/** Plot names its marks for readers of screens, who are given one label for the whole. */
function nameMark(group: SvgElement): void {
  group.setAttribute("data-mark", group.getAttribute("aria-label") ?? "");
  for (const name of ["aria-label", "aria-hidden"]) group.removeAttribute(name);
}

export { Plot };
