import { SpecError } from "../../errors.js";

/** The number that a flag gives; null where it is not given. @throws SpecError unless it is whole, and from `least` to `most`. */
export function wholeNumber(flag: string, text: string | undefined, least: number, most: number): number | null {
  if (text === undefined) return null;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new SpecError(`${flag} ${text}: must be a whole number from ${least} to ${most.toLocaleString("en-US")}`);
}
