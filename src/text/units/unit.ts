/** Unit of a character that is no part of any: its token stays whatever a coalition leaves out. */
export const KEPT = -2;
/** Unit of a character between units, such as a blank. */
export const BETWEEN = -1;

/** How a text falls into units. */
export interface TextCut {
  /** Of each UTF-16 unit: a number, equal within a unit; `BETWEEN` or `KEPT`. */
  readonly units: Int32Array;
  /** What stands before a unit's text where it is shown. @default nothing */
  readonly label?: (unit: number) => string;
}

/** What one player of text is, as the registry holds it: the spec's schema, the help and the players ask these, never a name. */
export interface TextUnitDefinition<Name extends string = string> {
  /** As specs and flags say it. */
  readonly name: Name;
  /** What one player is, in a few words. */
  readonly summary: string;
  /** There are such players of sound, too, so that the name alone asks for both. */
  readonly ofSound: boolean;
  /** null: every token is a unit. @throws SpecError where there are no such units in the text, in words that follow "the text". */
  readonly cut: ((text: string) => TextCut) | null;
  /**
   * Where tokens between units go: blanks with the unit after them; line breaks with one of the lines at their sides, so that a line that is left out leaves no
   * two joined and none without its indentation; or nowhere, and they stay.
   */
  readonly between: "blanks" | "breaks" | "kept";
  /** Blanks before it are part of its text as it is shown. */
  readonly indented: boolean;
}

/** The door that every kind of text player comes in by: one file and one entry of `registry.ts` make a value of `explain.players`. */
export function defineTextUnit<const Name extends string>(
  spec: Pick<TextUnitDefinition<Name>, "name" | "summary" | "cut"> & Partial<TextUnitDefinition<Name>>,
): TextUnitDefinition<Name> {
  return { ofSound: false, between: "blanks", indented: false, ...spec };
}

/** Units of stretches of a text, numbered in order; what is outside of all of them is `BETWEEN`. */
export function unitsOfStretches(text: string, stretches: Iterable<{ readonly start: number; readonly end: number }>): Int32Array {
  const units = new Int32Array(text.length).fill(BETWEEN);
  let unit = 0;
  for (const { start, end } of stretches) units.fill(unit++, start, end);
  return units;
}
