import { fitIdf, tfidfSimilarity } from "../../src/payoffs/tfidf.js";
import { shapleyValues } from "../../src/shapley/table.js";
import type { LoopFound } from "./loop.js";
import type { Found } from "./ways.js";
import type { Work } from "./works.js";

/** Of log-probabilities: another order of summing. */
const ROUNDING = 1e-4;

/** Ways that do not compute the same thing must not be compared. @throws where answers, payoffs or Shapley values differ by more than rounding. */
export function requireSame({ name, payoff }: Pick<Work, "name" | "payoff">, found: readonly Found[]): void {
  const [first, ...others] = found;
  const loops = found.flatMap(({ loop }) => (loop === undefined ? [] : [loop]));
  for (const other of others) {
    if (first === undefined || other.tokens !== first.tokens || !near(other.whole, first.whole)) differ(name, "answers or wholes", found);
  }
  for (const { answers, values } of loops.slice(1)) {
    if (JSON.stringify(answers) !== JSON.stringify(loops[0]?.answers)) differ(name, "answers of the loops", [answers, loops[0]?.answers]);
    if (!allNear(values, loops[0]?.values ?? [])) differ(name, "payoffs of the loops", [values, loops[0]?.values]);
  }
  const [loop] = loops;
  for (const { shapley } of found) {
    if (shapley === undefined || loop === undefined) continue;
    const payoffs = payoff === "tfidf" ? similarities(loop) : loop.values;
    const expected = [...shapleyValues(Float64Array.from(payoffs), shapley.length)];
    if (!allNear(shapley, expected)) differ(name, "Shapley values", [shapley, expected]);
  }
}

/** Of all answers to the whole conversation's, which comes last. */
function similarities({ answers }: LoopFound): readonly number[] {
  const terms = answers.map((ids) => ids.map(String));
  const idf = fitIdf(terms.map((one) => [one, 1]));
  return terms.map((one) => tfidfSimilarity(terms.at(-1) ?? [], one, idf));
}

const near = (a: number, b: number): boolean => Math.abs(a - b) <= ROUNDING;

const allNear = (some: readonly number[], others: readonly number[]): boolean =>
  some.length === others.length && some.every((value, i) => near(value, others[i] as number));

function differ(name: string, what: string, seen: unknown): never {
  throw new Error(`${name}: the ways differ in ${what}: ${JSON.stringify(seen).slice(0, 2_000)}`);
}
