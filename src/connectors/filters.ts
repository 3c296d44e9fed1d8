import { TokenFilter } from "./base/filters.js";

/** Leaves the punctuation marks `! , . : ; ?` out of the game. */
export class ExcludePunctuationTokensFilter extends TokenFilter {
  constructor() {
    super(["!", ",", ".", ":", ";", "?"]);
  }
}

/** Every token may be a player. */
export class KeepAllTokens extends TokenFilter {
  constructor() {
    super([]);
  }
}
