import { ConnectorError } from "../errors.js";
import { inWords } from "./arguments.js";

/** Text that is never a player: tokens, or runs of tokens, that spell one of the phrases. */
export class TokenFilter {
  readonly phrasesToExclude: ReadonlySet<string>;

  /** @param phrasesToExclude non-empty texts. @throws ConnectorError on anything else, such as one text alone. */
  constructor(phrasesToExclude: Iterable<string>) {
    this.phrasesToExclude = phrasesOf(phrasesToExclude);
  }
}

function phrasesOf(given: unknown): ReadonlySet<string> {
  // A text is an iterable of its letters, which nobody means.
  const iterable = typeof given === "object" && given !== null && Symbol.iterator in given;
  if (!iterable) throw new ConnectorError(`the phrases of a token filter must be a list or set of texts, not ${inWords(given)}`);
  const phrases = [...(given as Iterable<unknown>)];
  const wrong = phrases.findIndex((phrase) => typeof phrase !== "string" || phrase === "");
  if (wrong >= 0)
    throw new ConnectorError(`the phrases of a token filter must be non-empty texts, but ${inWords(phrases[wrong])} is among them`);
  return new Set(phrases as readonly string[]);
}
