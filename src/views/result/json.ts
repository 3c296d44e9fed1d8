import stringify from "json-stringify-pretty-compact";
import { assertFinite } from "../../results/finite.js";
import type { Result } from "../../results/result_schema.js";
import { escapeJson } from "../../util/escape.js";
import { allAtOnce, defineFormat } from "../format.js";
import { onlyOne } from "./only_one.js";

/** Longest line of what still fits on one, in characters: a player is about 280. */
const LINE = 320;

export const json = defineFormat<Result>()({
  name: "json",
  endings: [".json"],
  atEnd: true,
  open: allAtOnce((results, { asList }) => toJson(results, asList ?? null)),
});

/**
 * One result as an object, several as a list; short lists and objects on one line each. Numbers are shortest round-trip.
 * @param asList a list whatever their number (true), or an object, of which there is one (false)
 */
export function toJson(results: readonly Result[], asList: boolean | null = null): string {
  assertFinite(results, "results");
  const document = (asList ?? results.length !== 1) ? results : onlyOne(results, "json");
  return escapeJson(`${stringify(document, { maxLength: LINE })}\n`);
}
