import { readFileSync } from "node:fs";
import { create, type Font } from "fontkit";
import { SpecError } from "../../errors.js";

/** The face that figures are set in: measured here, embedded by whoever draws. */
export interface Face {
  readonly family: string;
  /** TrueType or OpenType. */
  readonly bytes: Uint8Array;
  /** The same for browsers, as a data URI. */
  readonly uri: string;
  /** Width in pixels of a text of `size` pixels. */
  readonly width: (text: string, size: number) => number;
  /** Characters that the face has no shape for. */
  readonly missing: (text: string) => readonly string[];
}

const asset = (name: string): Uint8Array => readFileSync(new URL(`../../../assets/fonts/${name}`, import.meta.url));

/** Source Sans 3, or a font of the caller's. @throws SpecError where that is none. */
export function loadFace(own: Uint8Array | null): Face {
  const bytes = own ?? asset("SourceSans3-Regular.ttf");
  const font = opened(bytes);
  const uri = own === null ? dataUri("font/woff2", asset("SourceSans3-Regular.woff2")) : dataUri("font/ttf", own);
  return {
    family: font.familyName,
    bytes,
    uri,
    width: (text, size) => (font.layout(text).advanceWidth / font.unitsPerEm) * size,
    missing: (text) => [...new Set(text)].filter((character) => !font.hasGlyphForCodePoint(character.codePointAt(0) ?? 0)),
  };
}

function opened(bytes: Uint8Array): Font {
  try {
    const font = create(Buffer.from(bytes));
    if ("layout" in font) return font;
  } catch (cause) {
    throw new SpecError("--font: not a TrueType or OpenType font", { cause });
  }
  throw new SpecError("--font: a collection of fonts; give one of them as a file of its own");
}

const dataUri = (type: string, bytes: Uint8Array): string => `data:${type};base64,${Buffer.from(bytes).toString("base64")}`;
