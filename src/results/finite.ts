import { ExplainError } from "../errors.js";

/**
 * Refuses what JSON would silently turn into null.
 * @throws ExplainError naming the key that holds NaN or an infinity.
 */
export function assertFinite(value: unknown, path = "result"): void {
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new ExplainError(`${path} is ${value}, which a result cannot hold`);
  } else if (Array.isArray(value)) {
    value.forEach((item, i) => {
      assertFinite(item, `${path}[${i}]`);
    });
  } else if (typeof value === "object" && value !== null) {
    for (const [key, item] of Object.entries(value)) assertFinite(item, `${path}.${key}`);
  }
}

/** The number, −0 made 0: results hold neither −0 nor anything that JSON cannot say. */
export function finite(value: number | undefined, what: string): number {
  if (value === undefined || !Number.isFinite(value)) throw new ExplainError(`the ${what} is ${value}, not a finite number`);
  return value === 0 ? 0 : value;
}

export function numbers(values: Float64Array, what: string): number[] {
  return Array.from(values, (value, i) => finite(value, `${what} ${i}`));
}
