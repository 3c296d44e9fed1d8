import { ConnectorError } from "../../errors.js";
import { MOST_IDS } from "../../text/tokenizer_json.js";

/*
 * Answers of servers, read strictly: unknown fields of a question are ignored with status 200 by several, so that a 200 proves nothing. What
 * comes back must be as many numbers as were asked for, of the very ids that were asked for.
 */

export type Json = Readonly<Record<string, unknown>>;

/** Above 0 by rounding only. */
const LARGEST_SCORE = 1e-3;
/** What softmax in 32 bits gives for the logarithm of nothing. */
const NOTHING = -1e30;
const QUOTED = 200;

/** The error of an answer that is none to what was asked. */
export function strange(what: string, answer: unknown): ConnectorError {
  return new ConnectorError(`the server's answer is not what was asked for: ${what}; it begins ${quote(answer)}`);
}

function quote(answer: unknown): string {
  return JSON.stringify((JSON.stringify(answer) ?? "nothing").slice(0, QUOTED));
}

export function objectOf(value: unknown, what: string): Json {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Json;
  throw strange(`${what} is no object`, value);
}

export function objectOrEmpty(value: unknown): Json {
  return typeof value === "object" && value !== null ? (value as Json) : {};
}

export function listOf(value: unknown, what: string): readonly unknown[] {
  if (Array.isArray(value)) return value as readonly unknown[];
  throw strange(`${what} is no list`, value);
}

export function textOf(value: unknown, what: string): string {
  if (typeof value === "string") return value;
  throw strange(`${what} is no text`, value);
}

/** null where it is no text. */
export function textOrNull(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

/** null where it is no whole number above 0. */
export function countOrNull(value: unknown): number | null {
  return Number.isSafeInteger(value) && (value as number) > 0 ? (value as number) : null;
}

/** One for each prompt, in the order of the prompts: answers may come in any order, with their `index`. */
export function onePerPrompt(value: unknown, prompts: number, what: string): readonly Json[] {
  const rows = listOf(value, what).map((row) => objectOf(row, `one of ${what}`));
  if (rows.length !== prompts) throw strange(`${rows.length} ${what} for ${prompts} prompts`, value);
  if (!rows.every(({ index }) => Number.isSafeInteger(index))) {
    if (prompts === 1 || rows.every(({ index }) => index === undefined)) return rows;
    throw strange(`${what} without an index`, value);
  }
  const sorted = rows.toSorted((a, b) => (a.index as number) - (b.index as number));
  if (!sorted.every(({ index }, i) => index === i)) throw strange(`${what} whose indices are not 0 to ${prompts - 1}`, value);
  return sorted;
}

/** A natural log-probability. @throws ConnectorError where it is none. */
export function scoreOf(value: unknown, what: string): number {
  if (typeof value !== "number" || !(value <= LARGEST_SCORE)) throw strange(`${what} is no log-probability`, value);
  return value < NOTHING ? Number.NEGATIVE_INFINITY : value;
}

/** A finite number. @throws ConnectorError where it is none. */
export function numberOf(value: unknown, what: string): number {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw strange(`${what} is no number`, value);
}

/** Token ids. @throws ConnectorError where one is none. */
export function idsOf(value: unknown, what: string): Int32Array {
  const ids = listOf(value, what);
  if (!ids.every(isId)) throw strange(`${what} are no token ids`, value);
  return Int32Array.from(ids as readonly number[]);
}

export function isId(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < MOST_IDS;
}

/** @throws ConnectorError where the server speaks of other tokens than the answer's. */
export function requireSameIds(got: ArrayLike<number>, asked: Int32Array, answer: unknown): void {
  if (got.length !== asked.length) throw strange(`${got.length} numbers for an answer of ${asked.length} tokens`, answer);
  const other = asked.findIndex((id, i) => got[i] !== id);
  if (other >= 0) throw strange(`token ${other} of the answer is ${got[other]}, not ${asked[other]}`, answer);
}
