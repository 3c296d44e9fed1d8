export interface OwenOptions {
  /** Words of the conversation at least. */
  readonly words: number;
  readonly budget: number;
  readonly long: number;
}
