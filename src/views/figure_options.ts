/** Widths of journals' columns, in millimetres. */
export const FIGURE_WIDTHS = { single: 85, onehalf: 120, double: 178 } as const;

/** What a figure may show. */
export const PANELS = ["text", "sound", "bars", "waterfall", "arcs", "matrix"] as const;
export type Panel = (typeof PANELS)[number];

/** How figures are drawn. */
export interface FigureOptions {
  readonly widthMm: number;
  /** In this order; null = text, sound where there is any, bars. */
  readonly panels: readonly Panel[] | null;
  /** A TrueType or OpenType font file; null = Source Sans 3. */
  readonly font: Uint8Array | null;
}

export const DEFAULT_FIGURE: FigureOptions = { widthMm: FIGURE_WIDTHS.double, panels: null, font: null };
