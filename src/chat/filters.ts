import { ConnectorError } from "../errors.js";
import { TokenFilter } from "./token_filter.js";

/** Leaves the punctuation marks `! , . : ; ?`, or whatever else it is given, out of the game. */
export class ExcludePunctuationTokensFilter extends TokenFilter {
  constructor(phrasesToExclude: Iterable<string> = ["!", ",", ".", ":", ";", "?"]) {
    super(phrasesToExclude);
  }
}

/** Every token may be a player. */
export class KeepAllTokens extends TokenFilter {
  /** @throws ConnectorError where phrases are given. */
  constructor(...phrases: readonly never[]) {
    super([]);
    if (phrases.length > 0) throw new ConnectorError("KeepAllTokens excludes no phrase: use a TokenFilter");
  }
}
