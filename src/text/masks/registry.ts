import { z } from "zod";
import { registryOf, rowsOf } from "../../util/registry.js";
import type { Tokenizer } from "../tokenizer.js";
import { deleteMask } from "./delete.js";
import { filler } from "./filler.js";
import type { StandIns, TextMaskDefinition } from "./mask.js";
import { placeholder } from "./placeholder.js";

/** Every text mask: what is entered here is a kind of `explain.text_masking` in the spec, the help and the library. */
export const TEXT_MASKS = registryOf(
  deleteMask, //
  placeholder,
  filler,
);

type Row = (typeof TEXT_MASKS)[keyof typeof TEXT_MASKS];

/** A text mask with its options. */
export type TextMasking = z.output<Row["schema"]>;

const rows: readonly Row[] = Object.values(TEXT_MASKS);
export const textMasks: readonly TextMaskDefinition[] = rowsOf<TextMaskDefinition>(
  TEXT_MASKS as Readonly<Record<string, TextMaskDefinition>>,
);

const Masking = z.discriminatedUnion("kind", rows.map(({ schema }) => schema) as [Row["schema"]]);

/** `kind`, or `{kind, …}` with options. */
export const TextMaskingSchema = z
  .union([z.enum(rows.map(({ name }) => name)), Masking])
  .transform((value) => (typeof value === "string" ? Masking.parse({ kind: value }) : value));

/** Of a chat that is not told how. */
export const DEFAULT_TEXT_MASKING: TextMasking = { kind: deleteMask.name };

/** What stands in for text that is left out; null where nothing does. @throws SpecError where the vocabulary cannot do what is asked. */
export function standInsOf(masking: TextMasking, tokenizer: Tokenizer): StandIns | null {
  const mask: TextMaskDefinition = TEXT_MASKS[masking.kind] as unknown as TextMaskDefinition;
  return mask.create(masking, tokenizer);
}
