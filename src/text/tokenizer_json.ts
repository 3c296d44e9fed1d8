import { z } from "zod";
import { ConnectorError } from "../errors.js";

/** Ids of a vocabulary are below this; the largest in use has a million. Tables as long as the largest id are made. */
export const MOST_IDS = 2 ** 22;
/** Characters of a text that a normaliser puts somewhere. */
const LONGEST_PIECE = 256;
/** Times that all steps of a normaliser may together make a text longer, were each to meet its pattern everywhere. */
const MOST_GROWTH = 4_096;

const Id = z
  .int()
  .min(0)
  .max(MOST_IDS - 1, `is beyond ${MOST_IDS - 1}, the largest id that is read`);
const Piece = z.string().max(LONGEST_PIECE, `is longer than ${LONGEST_PIECE} characters`);

/** A step with steps inside. */
interface Step {
  readonly type?: string | undefined;
  readonly content?: string | undefined;
  readonly normalizers?: readonly Step[] | undefined;
  readonly pretokenizers?: readonly Step[] | undefined;
}

const Normalizer: z.ZodType<Step> = z.looseObject({
  type: z.string(),
  prepend: Piece.optional(),
  content: Piece.optional(),
  get normalizers() {
    return z.array(Normalizer).max(100).optional();
  },
});

const PreTokenizer: z.ZodType<Step> = z.looseObject({
  type: z.string(),
  replacement: Piece.optional(),
  get pretokenizers() {
    return z.array(PreTokenizer).max(100).optional();
  },
});

const Vocabulary = z.union(
  [
    z.record(z.string(), Id),
    z.array(z.tuple([z.string(), z.number()]).rest(z.unknown())).max(MOST_IDS, `has more than ${MOST_IDS} tokens`),
  ],
  "is neither an object of tokens with their ids nor a list of tokens with their scores",
);

const Shape = z.looseObject({
  model: z.looseObject({ vocab: Vocabulary }),
  normalizer: Normalizer.nullish(),
  pre_tokenizer: PreTokenizer.nullish(),
  added_tokens: z.array(z.looseObject({ id: Id, content: z.string().min(1, "is empty") })).nullish(),
});

/**
 * A tokenizer.json may be a stranger's, and the library that runs it believes it.
 * @param path in the error.
 * @throws ConnectorError that names the first thing that cannot be: ids that no table can be made for, texts in place of which something else stands.
 */
export function checkTokenizerJson(json: unknown, path: string): void {
  const parsed = Shape.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const key = shortened(issue?.path.join(".") ?? "");
    throw new ConnectorError(`${path} is not understood: ${key === "" ? "it" : key}: ${issue?.message ?? ""}`, { cause: parsed.error });
  }
  const { vocab } = parsed.data.model;
  const empty = Array.isArray(vocab) ? vocab.length === 0 : Object.keys(vocab).length === 0;
  if (empty) throw new ConnectorError(`${path} has an empty vocabulary (model.vocab)`);
  const { normalizer } = parsed.data;
  if (normalizer !== null && normalizer !== undefined && growthOf(normalizer) > MOST_GROWTH)
    throw new ConnectorError(`${path} is not understood: its normalizer may make a text more than ${MOST_GROWTH} times as long`);
}

function growthOf({ content, normalizers = [] }: Step): number {
  return normalizers.reduce((growth, step) => growth * growthOf(step), Math.max(1, content?.length ?? 0));
}

const shortened = (text: string): string => (text.length > 100 ? `${text.slice(0, 100)}…` : text);
