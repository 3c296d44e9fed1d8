import { escapeHtml } from "./markup.js";

/** Enough for the first cards; the reader may drag it larger. */
const HEIGHT = 900;

/**
 * A page inside another one, such as a notebook's: a frame of its own, whose styles and script reach nothing outside, and which nothing outside
 * reaches. The sandbox gives it an origin of its own.
 * @param page a whole page of ours
 */
export function toFragment(page: string): string {
  const style = `width:100%;height:${HEIGHT}px;border:0;resize:vertical;overflow:auto`;
  return `<iframe title="Shapley values" sandbox="allow-scripts" allow="autoplay" style="${style}" srcdoc="${escapeHtml(page)}"></iframe>\n`;
}
