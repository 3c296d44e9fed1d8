import { estimatedWidth } from "../figures/fit.js";
import type { ChartStyle } from "../figures/plot.js";
import type { Scene } from "../figures/scene.js";
import type { Clip } from "../sound/clips.js";
import type { Html } from "./markup.js";

/** A result as its sections see it. */
export interface Shown extends Scene {
  /** Tells apart the ids of several results on one page. */
  readonly key: string;
  readonly clips: readonly Clip[];
}

/** One card of a result's article; null where the result has nothing for it. */
export interface Section {
  /** Its class. */
  readonly name: string;
  readonly title: string;
  readonly draw: (shown: Shown) => Html | null;
}

const FONT = 13;

/** Charts of pages: the face is the reader's, so that widths are estimated. @param width in pixels */
export function chartStyle(width: number): ChartStyle {
  return { width, fontSize: FONT, fontFamily: "inherit", measure: estimatedWidth(FONT) };
}
