export interface EstimatorsOptions {
  /** Runs of each method on each game. */
  readonly seeds: number;
  /** Folder of the page and its picture. */
  readonly out?: string | undefined;
}
