export interface SurrogatesOptions {
  /** Runs of each surrogate on each game. */
  readonly seeds: number;
  /** Games of at most so many players. */
  readonly players: number;
  /** Folder of the page. */
  readonly out?: string | undefined;
}
