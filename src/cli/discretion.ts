import { homedir } from "node:os";
import { textOptions } from "../payoffs/registry.js";
import type { ExplainRequest } from "../spec/request.js";

/** What is left of messages on stderr under `--redact`. */
export interface Discretion {
  /** From now on words of this conversation are left out too. */
  readonly learn: (request: Pick<ExplainRequest, "spec">) => void;
  /** The message without texts of a conversation and without the folder of whoever runs it. */
  readonly apply: (message: string) => string;
}

/** Says everything. */
export const OPEN: Discretion = { learn: () => undefined, apply: (message) => message };

/**
 * Messages put every text of a conversation in quotes, so these are emptied. Words of the conversation that stand outside of quotes all the
 * same go as well, where they have this many letters: shorter ones are words of ours more often.
 */
const SHORTEST = 4;

export function discretion(): Discretion {
  const secret = new Set<string>();
  return {
    learn: (request) => {
      for (const text of textsOf(request)) for (const word of wordsOf(text)) secret.add(word);
    },
    apply: (message) =>
      withoutHome(message)
        .replace(QUOTED, '"…"')
        .replace(WORD, (word) => (secret.has(word.toLowerCase()) ? "…" : word)),
  };
}

/** JSON's quotes; one that was cut off ends with the message. */
const QUOTED = /"(?:[^"\\]|\\.)*(?:"|$)/gs;
const WORD = new RegExp(`[\\p{L}\\p{M}\\p{N}]{${SHORTEST},}`, "gu");

function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(WORD) ?? [];
}

/** All that a spec says in words. */
function textsOf({ spec }: Pick<ExplainRequest, "spec">): readonly string[] {
  const { groups, target, payoff } = spec.explain;
  const options: Readonly<Record<string, unknown>> = payoff;
  const ofPayoff = textOptions(options).map((key) => options[key]);
  return stringsOf([spec.messages, spec.prompt, spec.answer, groups, target, ofPayoff, spec.model.template_kwargs]);
}

/** Texts of these keys are not the conversation's. */
const STRUCTURE = new Set(["role", "type", "path"]);

function stringsOf(value: unknown, key = ""): readonly string[] {
  if (typeof value === "string") return STRUCTURE.has(key) ? [] : [value];
  if (Array.isArray(value)) return value.flatMap((item) => stringsOf(item));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, item]) => stringsOf(item, name));
}

/** `~` for the home folder: its name is often that of its owner. */
function withoutHome(message: string): string {
  const homes = [process.env.HOME, homedir()].filter((home) => home !== undefined && home.length > 1);
  return homes.reduce<string>((text, home) => text.replaceAll(home as string, "~"), message);
}

/** The same for every text inside of a value, such as a path that a spec names. */
export function withoutHomes<T>(value: T): T {
  return mapTexts(value, withoutHome) as T;
}

function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapTexts(item, change)]));
}
