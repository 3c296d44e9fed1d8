import { largestDifference } from "../../src/repos/server_identity.js";
import type { Result } from "../../src/results/result_schema.js";
import { requestOf, STRICT } from "../../src/spec/load.js";
import type { SpecInput } from "../../src/spec/schema.js";
import { explain } from "../../src/tasks/explain.js";

export const access = (url: string) => ({ url, apiKey: null, kind: null, timeoutS: 900, patienceS: 5 });

/** A command of 5 words and an answer of 9 tokens. */
export const SPEC = {
  messages: [
    { role: "user", content: "please turn on the light" },
    { role: "assistant", content: "Sure, I will turn on the light." },
  ],
  explain: { players: "word", sampler: "exact" },
} satisfies Partial<SpecInput>;

/** Explains by a model of the server, or by one here. @param folder absolute; relative paths start there. */
export async function explained(url: string, folder: string, model: SpecInput["model"], spec: Partial<SpecInput> = SPEC): Promise<Result> {
  const policy = { ...STRICT, allowOutside: true, server: access(url) };
  return await explain(await requestOf({ ...spec, model }, folder, { policy }));
}

/** Largest difference of two players' values. */
export const worst = (a: Result, b: Result): number =>
  largestDifference(
    a.players.map(({ value }) => value),
    b.players.map(({ value }) => value),
  );

export const largest = ({ players }: Result): number => Math.max(...players.map(({ value }) => Math.abs(value)));

/** Explains the embedded model's answer by the grades that a model of the server gives. */
export async function judged(url: string, folder: string, source: string): Promise<Result> {
  const messages = [{ role: "user" as const, content: "turn on the light" }];
  const explain = { players: "word" as const, payoff: { kind: "judge" as const, source } };
  return await explained(url, folder, { connector: "transformers-text", repo: "embedded:nano", device: "cpu" }, { messages, explain });
}

/** What any judge's result holds: grades, and values that add up to what they differ by. */
export function gradesOf({ payoff, players }: Result): { readonly grades: readonly number[]; readonly missing: number } {
  const sum = players.reduce((total, { value }) => total + value, 0);
  return { grades: [payoff.full, payoff.empty], missing: Math.abs(sum - (payoff.full - payoff.empty)) };
}
