import { ConnectorError } from "../errors.js";
import { maxOf } from "../util/arrays.js";
import type { Vocabulary } from "./spell.js";

/** The small files beside a CTC graph, parsed; absent ones are undefined. */
export interface VocabularyFiles {
  readonly vocab?: unknown;
  readonly tokenizer?: unknown;
  readonly tokenizerConfig?: unknown;
  readonly specialTokens?: unknown;
}

/**
 * Labels, blank and word separator of a wav2vec2-style model from `vocab.json` (or `tokenizer.json`) and `tokenizer_config.json`.
 *
 * @param separator what stands between words, where the tokenizer does not say; ignored if the vocabulary lacks it.
 * @throws ConnectorError where there is no vocabulary or it has no padding token, which is CTC's blank.
 */
export function readVocabulary(files: VocabularyFiles, separator: string, repo: string): Vocabulary {
  const ids = labelIds(files, repo);
  const settings = asRecord(files.tokenizerConfig) ?? {};
  const padding = tokenText(settings.pad_token) ?? tokenText(asRecord(files.specialTokens)?.pad_token) ?? "<pad>";
  const blank = ids.get(padding) ?? ids.get("[PAD]");
  if (blank === undefined) throw new ConnectorError(`${repo}: the vocabulary lacks the padding token "${padding}", which is the blank`);
  const delimiter = tokenText(settings.word_delimiter_token) ?? separator;
  return { ids, blank, separator: ids.get(delimiter) ?? ids.get(separator) ?? null, size: maxOf(ids.values()) + 1 };
}

function labelIds({ vocab, tokenizer }: VocabularyFiles, repo: string): ReadonlyMap<string, number> {
  const table = asRecord(vocab) ?? asRecord(asRecord(asRecord(tokenizer)?.model)?.vocab);
  if (table === undefined)
    throw new ConnectorError(`${repo} has no vocab.json (nor a tokenizer.json with a vocabulary): it is no CTC model`);
  const ids = Object.entries(table).filter((entry): entry is [string, number] => Number.isInteger(entry[1]));
  if (ids.length === 0) throw new ConnectorError(`${repo}: vocab.json maps no label to a number`);
  return new Map(ids);
}

/** Token settings are plain strings or `{content: …}`. */
function tokenText(setting: unknown): string | undefined {
  if (typeof setting === "string") return setting;
  const content = asRecord(setting)?.content;
  return typeof content === "string" ? content : undefined;
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : undefined;
}
