import { ConnectorError } from "../errors.js";
import { readUnits } from "./read_numbers.js";
import { blankSeparated, normalizeText } from "./text.js";

/** What a CTC model can say. */
export interface Vocabulary {
  readonly ids: ReadonlyMap<string, number>;
  readonly blank: number;
  /** Between words; null where the model has none (words then follow each other directly). */
  readonly separator: number | null;
  /** Labels of the model: its output width. */
  readonly size: number;
}

/** One spoken word of a unit. */
export interface SpelledWord {
  /** Index of the caller's unit. */
  readonly unit: number;
  /** Labels, the wildcard (`vocabulary.size`) among them. */
  readonly labels: readonly number[];
}

/** Letters that have no decomposition but a usual Latin spelling. */
const FOLDED: Readonly<Record<string, string>> = { Ł: "L", Ø: "O", Đ: "D", Ð: "D", Þ: "TH", Æ: "AE", Œ: "OE", ẞ: "SS", Ħ: "H", ı: "I" };

/**
 * The transcript in the model's labels. Digits and symbols that the vocabulary lacks are read out in English where that is sure; what it then
 * still lacks (another script, a date) is one wildcard a run, which takes whatever is said there, so that later words keep their places.
 * Units without a letter or digit ("—") have no words.
 *
 * @throws ConnectorError where no unit has any.
 */
export function spell(units: readonly string[], vocabulary: Vocabulary): readonly SpelledWord[] {
  const said = hasDigits(vocabulary) ? units : readUnits(units);
  const words = said.flatMap((text, unit) =>
    blankSeparated(text)
      .map((word) => ({ unit, labels: labelsOf(word, vocabulary) }))
      .filter(({ labels }) => labels.length > 0),
  );
  if (words.length === 0) throw new ConnectorError("the transcript has no letter or digit that could be aligned");
  return words;
}

const hasDigits = ({ ids }: Vocabulary): boolean => ids.has("0") && ids.has("1");

function labelsOf(word: string, vocabulary: Vocabulary): readonly number[] {
  const wildcard = vocabulary.size;
  const labels = [...normalizeText(word)].flatMap((letter) => {
    const direct = idOf(letter, vocabulary);
    if (direct !== undefined) return [direct];
    const folded = FOLDED[letter];
    return folded === undefined ? [wildcard] : [...folded].map((part) => idOf(part, vocabulary) ?? wildcard);
  });
  return labels.filter((label, i) => label !== wildcard || labels[i - 1] !== wildcard);
}

function idOf(letter: string, { ids }: Vocabulary): number | undefined {
  return ids.get(letter) ?? ids.get(letter.toLowerCase());
}

/** Labels of the whole transcript with what the search must know of them. */
export interface Target {
  readonly labels: Int32Array;
  /** Word of each label, −1 for a separator. */
  readonly words: Int32Array;
}

/** Words joined by the model's separator, if it has one. */
export function targetOf(words: readonly SpelledWord[], { separator }: Vocabulary): Target {
  const labels: number[] = [];
  const owners: number[] = [];
  words.forEach((word, w) => {
    if (w > 0 && separator !== null) {
      labels.push(separator);
      owners.push(-1);
    }
    for (const label of word.labels) {
      labels.push(label);
      owners.push(w);
    }
  });
  return { labels: Int32Array.from(labels), words: Int32Array.from(owners) };
}
