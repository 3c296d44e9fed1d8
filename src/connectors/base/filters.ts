/** Text that is never a player: tokens, or runs of tokens, that spell one of the phrases. */
export class TokenFilter {
  readonly phrasesToExclude: ReadonlySet<string>;

  constructor(phrasesToExclude: Iterable<string>) {
    this.phrasesToExclude = new Set(phrasesToExclude);
  }
}
