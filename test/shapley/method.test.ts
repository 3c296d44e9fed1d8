import { expect, test } from "vitest";
import { BudgetError } from "../../src/errors.js";
import { play } from "../../src/game/play.js";
import { createRng } from "../../src/random.js";
import { defineMethod, requireBudget } from "../../src/shapley/method.js";
import { noErrorKnown } from "../../src/shapley/uncertainty.js";
import { additive } from "../support/games.js";

/** Two rounds; what the first one paid decides how large the second is. */
const adaptive = defineMethod({
  name: "adaptive",
  summary: "",
  citation: "",
  estimand: "shapley",
  adaptive: true,
  efficient: false,
  exhausts: false,
  errors: null,
  pairs: true,
  minBudget: (n) => n + 1,
  create: ({ confidence }) => ({
    *sample(n) {
      const payoffs = yield { coalitions: [Uint8Array.from({ length: n }, (_, i) => (i === 0 ? 1 : 0))], design: "first" };
      if ((payoffs[0] as number) > 1) yield { coalitions: [Uint8Array.from({ length: n }, (_, i) => (i === 1 ? 1 : 0))], design: "second" };
    },
    estimate: ({ rounds }, n) => ({ values: new Float64Array(n).fill(rounds.length), ...noErrorKnown("a toy", confidence), biased: true }),
  }),
});

test("payoffs reach the sampler through the door, and traits that were left out are filled in", async () => {
  expect(adaptive).toMatchObject({ aliases: [], enumerates: false, needsTree: false, maxPlayers: Number.POSITIVE_INFINITY });
  const rounds = async (weights: readonly number[]) =>
    (await play(additive(weights), adaptive.create({ confidence: 0.9 }), { budget: 9, rng: createRng(1) })).estimate.values[0];
  expect(await rounds([2, 1, 1])).toBe(2);
  expect(await rounds([1, 1, 1])).toBe(1);
});

test("the door refuses a budget below the minimum before anything is drawn", () => {
  const rounds = adaptive.create({ confidence: 0.9 }).sample(5, 5, createRng(1));
  expect(() => rounds.next(new Float64Array(0))).toThrow(BudgetError);
  expect(() => requireBudget(adaptive, 5, 5, " (hint)")).toThrow(
    "adaptive needs a budget of at least 6 coalitions for 5 players; the budget is 5 (hint)",
  );
  expect(() => requireBudget(adaptive, 5, 6)).not.toThrow();
});
