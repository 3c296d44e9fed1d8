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
