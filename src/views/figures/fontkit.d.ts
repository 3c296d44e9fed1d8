declare module "fontkit" {
  export interface Font {
    readonly familyName: string;
    readonly unitsPerEm: number;
    layout(text: string): { readonly advanceWidth: number };
    hasGlyphForCodePoint(codePoint: number): boolean;
  }
  /** Several fonts in one file. */
  export interface FontCollection {
    readonly fonts: readonly Font[];
  }
  export function create(bytes: Buffer): Font | FontCollection;
}
