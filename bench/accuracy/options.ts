export interface AccuracyOptions {
  /** Runs of each estimator at each budget. */
  readonly seeds: number;
  /** Seconds are measured with it. */
  readonly folder?: string | undefined;
  /** A Python with torch and transformers. */
  readonly python?: string | undefined;
  /** Folder of the same weights as transformers reads them. */
  readonly weights?: string | undefined;
  /** A page whose table is made again. */
  readonly page?: string | undefined;
}
