import stringify from "json-stringify-pretty-compact";
import { assertFinite } from "../../results/finite.js";
import type { Result } from "../../results/result_schema.js";
import { escapeJson } from "../../util/escape.js";
import { allAtOnce, defineFormat } from "../format.js";

/** Longest line of what still fits on one, in characters: a player is about 280. */
const LINE = 320;

export const json = defineFormat<Result>()({ name: "json", endings: [".json"], open: allAtOnce((results) => toJson(results)) });

/** One result as an object, several as a list; short lists and objects on one line each. Numbers are shortest round-trip. */
export function toJson(results: readonly Result[]): string {
  assertFinite(results, "results");
  return escapeJson(`${stringify(results.length === 1 ? results[0] : results, { maxLength: LINE })}\n`);
}
