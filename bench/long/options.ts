export interface LongOptions {
  /** Disjoint samples of each size at most. */
  readonly samples: number;
  /** Folder of the page. */
  readonly out?: string | undefined;
}
