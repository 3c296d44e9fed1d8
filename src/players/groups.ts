import type { Chat } from "../chat/types.js";
import { SpecError } from "../errors.js";
import { int32At, itemAt } from "../util/elements.js";
import type { Run } from "./runs.js";

/** A player of the user's own making. */
export type GroupSpec =
  | {
      readonly name: string;
      /** Ranges [start, end) of token positions in the chat. */
      readonly tokens: readonly (readonly [start: number, end: number])[];
    }
  | {
      readonly name: string;
      /** Text inside one message, as it is written there. */
      readonly phrase: string;
      /** Which one, from 1; where it is not given, the phrase must stand there once. */
      readonly occurrence?: number | undefined;
    };

export interface NamedTokens {
  readonly name: string;
  /** Explainable tokens, ascending; at least one. */
  readonly tokens: readonly number[];
}

/**
 * Groups as token sets. Tokens that are never players (template, system role, filtered punctuation) fall out of them.
 * @throws SpecError for a range out of bounds, a phrase that is missing or ambiguous, a group without a player's token, and
 * groups that share a token; each says what would be valid.
 */
export function resolveGroups(chat: Chat, runs: readonly Run[], specs: readonly GroupSpec[]): readonly NamedTokens[] {
  const owner = new Map<number, string>();
  return specs.map((spec) => {
    const where = `group ${JSON.stringify(spec.name)}`;
    const all = "tokens" in spec ? tokensOfRanges(chat, spec.tokens, where) : tokensOfPhrase(chat, runs, spec, where);
    const tokens = all.filter((token) => chat.shapValuesMask[token] === 1);
    if (tokens.length === 0) throw new SpecError(`${where} holds no token that can be a player: ${playableTokens(chat)}`);
    for (const token of tokens) {
      const other = owner.get(token);
      if (other !== undefined) {
        throw new SpecError(
          `${where} shares token ${token} (${quote(chat, token)}) with group ${JSON.stringify(other)}: a token is in one group at most`,
        );
      }
      owner.set(token, spec.name);
    }
    return { name: spec.name, tokens };
  });
}

function tokensOfRanges(chat: Chat, ranges: readonly (readonly [number, number])[], where: string): readonly number[] {
  const tokens = new Set<number>();
  for (const [start, end] of ranges) {
    if (!Number.isInteger(start) || !Number.isInteger(end) || start < 0 || end > chat.inputTokensNum || start >= end) {
      throw new SpecError(`${where}: [${start}, ${end}) is no range of tokens; valid are 0 ≤ start < end ≤ ${chat.inputTokensNum}`);
    }
    for (let token = start; token < end; token++) tokens.add(token);
  }
  return [...tokens].sort((a, b) => a - b);
}

type PhraseSpec = Extract<GroupSpec, { readonly phrase: string }>;

function tokensOfPhrase(chat: Chat, runs: readonly Run[], { phrase, occurrence }: PhraseSpec, where: string): readonly number[] {
  const found = runs
    .flatMap((run) => occurrences(run, phrase))
    .filter((tokens) => tokens.some((token) => chat.shapValuesMask[token] === 1));
  const shown = JSON.stringify(phrase);
  if (found.length === 0) throw new SpecError(`${where}: ${shown} ${whyMissing(runs, phrase)}`);
  if (occurrence === undefined && found.length > 1) {
    throw new SpecError(`${where}: ${shown} stands there ${found.length} times; say which with occurrence: 1 … ${found.length}`);
  }
  const tokens = found[(occurrence ?? 1) - 1];
  if (tokens === undefined) {
    throw new SpecError(`${where}: there is no occurrence ${occurrence} of ${shown}; valid are 1 … ${found.length}`);
  }
  return tokens;
}

/** The tokens of every occurrence of the phrase in a run, occurrences not overlapping. */
export function occurrences(run: Run, phrase: string): readonly (readonly number[])[] {
  const found: number[][] = [];
  for (let at = run.text.indexOf(phrase); at >= 0; at = run.text.indexOf(phrase, at + phrase.length)) {
    found.push(tokensBetween(run, at, at + phrase.length));
  }
  return found;
}

/** Tokens with a character in [from, to) that is not blank, blank tokens inside, and the tokens that end a character begun there. */
function tokensBetween(run: Run, from: number, to: number): number[] {
  const tokens: number[] = [];
  for (let i = tokenAt(run, from); i < run.end - run.start; i++) {
    const start = int32At(run.offsets, i);
    const end = int32At(run.offsets, i + 1);
    if (start > to) break;
    const text = run.text.slice(start, end);
    const part = run.text.slice(Math.max(start, from), Math.min(end, to));
    const inside = text === "" ? tokens.at(-1) === run.start + i - 1 : part !== "" && (/\S/u.test(part) || !/\S/u.test(text));
    if (inside) tokens.push(run.start + i);
  }
  return tokens;
}

/** Position in the run of the token that holds character `at`, by bisection. */
function tokenAt(run: Run, at: number): number {
  let low = 0;
  let high = run.offsets.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (int32At(run.offsets, middle) <= at) low = middle;
    else high = middle;
  }
  return low;
}

function whyMissing(runs: readonly Run[], phrase: string): string {
  if (runs.some((run) => run.text.includes(phrase))) {
    return "stands only where no token can be a player (see system_roles and token_filter)";
  }
  const lower = phrase.toLowerCase();
  const near = runs.map((run) => ({ run, at: run.text.toLowerCase().indexOf(lower) })).find(({ at }) => at >= 0);
  if (near !== undefined) {
    return `is not in any message; upper and lower case matter: did you mean ${JSON.stringify(near.run.text.slice(near.at, near.at + phrase.length))}?`;
  }
  return "is not in any message; a phrase must stand inside one message, letter for letter";
}

function playableTokens(chat: Chat): string {
  const tokens = [...chat.shapValuesMask.keys()].filter((token) => chat.shapValuesMask[token] === 1);
  if (tokens.length === 0) return "this chat has none (see system_roles and token_filter)";
  const ranges: string[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const start = itemAt(tokens, i);
    while (tokens[i + 1] === itemAt(tokens, i) + 1) i++;
    ranges.push(`[${start}, ${itemAt(tokens, i) + 1})`);
  }
  return `valid are tokens of ${ranges.slice(0, 8).join(", ")}${ranges.length > 8 ? ", …" : ""}`;
}

const quote = (chat: Chat, token: number): string => JSON.stringify(chat.tokenTexts[token] ?? "");
