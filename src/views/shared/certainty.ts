/** What a view may say of a value's sign. */
export type Certainty = "sure" | "unsure" | "unknown";

/** A value with what is known of its sampling error. */
export interface Measured {
  readonly value: number;
  /** [low, high]; null or absent = no error is known. */
  readonly interval?: readonly [number, number] | null | undefined;
}

/** unsure: the interval holds 0; unknown: there is none. A value of exactly 0 that nothing was drawn for is sure. */
export function certaintyOf({ value, interval }: Measured): Certainty {
  if (interval === null || interval === undefined) return "unknown";
  const [low, high] = interval;
  if (low === high) return "sure";
  return low <= 0 && high >= 0 ? "unsure" : value === 0 ? "unsure" : "sure";
}
