import { expect, test } from "vitest";
import { BudgetError } from "../../src/errors.js";
import type { Spec } from "../../src/spec/schema.js";
import { SpecSchema } from "../../src/spec/schema.js";
import type { OpenRun } from "../../src/tasks/open_run.js";
import { planOf } from "../../src/tasks/play_plan.js";

const specOf = (explain: object, run: object = {}): Spec =>
  SpecSchema.parse({
    model: { connector: "transformers-text", repo: "embedded:nano" },
    messages: [{ role: "user", content: "x" }],
    explain,
    run,
  });
const runOf = (spec: Spec, n: number): Pick<OpenRun, "request" | "chat" | "players" | "tree"> =>
  ({
    request: { spec, given: new Set(["explain.budget"]) },
    chat: {},
    players: Array.from({ length: n }, (_, index) => ({ index, tokens: [index] })),
  }) as unknown as OpenRun;

test.each(["permutation", "kernel", "leverage", "complementary", "neyman", "mllm-shap-mc"])(
  "%s: a budget whose coalitions do not fit into run.memory is refused with both numbers, before a coalition is drawn",
  (sampler) => {
    const plan = (budget: number, memory?: string) =>
      planOf(runOf(specOf({ sampler, budget }, memory === undefined ? {} : { memory }), 1_000));
    expect(() => plan(10_000_000)).toThrow(BudgetError);
    expect(() => plan(10_000_000)).toThrow(
      /^10000000 coalitions of 1000 players take about 34\.0 GiB, and run\.memory is 4\.0 GiB: a budget of \d+ fits$/,
    );
    expect(plan(1_000_000).budget).toBe(1_000_000);
    expect(() => plan(1_000_000, "1GiB")).toThrow(/run\.memory is 1\.0 GiB/);
    expect(plan(10_000_000, "40GiB").budget).toBe(10_000_000);
  },
);

test("a budget beyond all coalitions there are counts as these", () => {
  expect(planOf(runOf(specOf({ sampler: "permutation", budget: 10_000_000 }), 10)).enumerates).toBe(true);
});
