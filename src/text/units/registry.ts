import { registryOf, rowsOf } from "../../util/registry.js";
import { codeLine } from "./code_line.js";
import { jsonField } from "./json_field.js";
import { line } from "./line.js";
import { paragraph } from "./paragraph.js";
import { sentence } from "./sentence.js";
import { token } from "./token.js";
import { turn } from "./turn.js";
import type { TextUnitDefinition } from "./unit.js";
import { word } from "./word.js";

/** Every kind of text player: what is entered here is a value of `explain.players` in the spec, the help and the library. */
export const TEXT_UNITS = registryOf(
  token, //
  word,
  sentence,
  line,
  codeLine,
  paragraph,
  jsonField,
  turn,
);

export type TextUnitName = keyof typeof TEXT_UNITS;

export const textUnits: readonly TextUnitDefinition<TextUnitName>[] = rowsOf<TextUnitDefinition<TextUnitName>>(TEXT_UNITS);
export const TEXT_UNIT_NAMES = textUnits.map(({ name }) => name) as [TextUnitName, ...TextUnitName[]];
