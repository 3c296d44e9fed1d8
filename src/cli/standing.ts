/** How far something has come: a line of `--progress json`. */
export interface Standing {
  /** What is counted, such as "coalitions", or what goes on without being counted, such as "loading the model". */
  readonly phase: string;
  readonly done: number;
  /** null where it is not counted or its end is not known. */
  readonly total: number | null;
  /** Of `done`, a second; null while that cannot be told. */
  readonly rate: number | null;
  /** Seconds until `total`; null while that cannot be told. */
  readonly eta: number | null;
  /** Since the phase began. */
  readonly seconds: number;
}

/** To three digits behind the point: what is behind them is noise. */
export function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
