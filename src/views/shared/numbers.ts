import type { Result } from "../../results/result_schema.js";

/** Prints numbers of one column with the same decimals. */
export type NumberFormat = (value: number) => string;

/**
 * Four significant digits of the largest magnitude, the same number of decimals for all, so that a column lines up;
 * exponents where the largest is outside 1e−4…1e7. Signed both ways.
 */
export function columnFormat(values: readonly number[]): NumberFormat {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const sign = (value: number, text: string) => (value > 0 && Number(text) !== 0 ? `+${text}` : text);
  if (largest !== 0 && (largest < 1e-4 || largest >= 1e7)) return (value) => sign(value, value.toExponential(2));
  const decimals = largest === 0 ? 3 : Math.min(7, Math.max(0, 3 - Math.floor(Math.log10(largest))));
  return (value) => {
    const text = value.toFixed(decimals);
    // "-0.000" says nothing that "0.000" does not.
    return sign(value, Number(text) === 0 ? text.replace("-", "") : text);
  };
}

/** A number on its own: four significant digits. */
export function short(value: number): string {
  const size = Math.abs(value);
  return value !== 0 && (size < 1e-4 || size >= 1e7) ? value.toExponential(3) : String(Number(value.toPrecision(4)));
}

/** 1,234 */
export function count(value: number): string {
  return value.toLocaleString("en-US");
}

/** "1 word", "9 words" */
export function plural(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
}

/** "0.52–0.88 s" */
export function seconds(startS: number, endS: number): string {
  return `${startS.toFixed(2)}–${endS.toFixed(2)} s`;
}

/** What a column of values adds up to; the payoff's difference too where it does not look the same. */
export function sumNote({ payoff }: Result, format: NumberFormat): string {
  const difference = format(payoff.full - payoff.empty);
  const equals = difference === format(payoff.sum_of_values) ? "= payoff" : `sum; ${difference} is payoff`;
  return `${equals} with everything − with nothing`;
}
