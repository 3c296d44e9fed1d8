import { describe, expect, test } from "vitest";
import { averaging } from "../../../src/results/summary/averaging.js";
import { pairEvaluations, sumEvaluations } from "../../../src/results/summary/faithfulness.js";
import { evaluation } from "../../support/evaluations.js";

describe("sumEvaluations", () => {
  const mean = averaging(0.95, 0);

  test("averages metrics over conversations", () => {
    const { conversations, metrics } = sumEvaluations([evaluation(2, 1), evaluation(4, -1)], "e", mean);
    expect(conversations).toBe(2);
    expect(metrics.insertion).toMatchObject({
      better: "higher",
      explanation: { value: 3 },
      over_leave_one_out: { value: 2 },
      better_than_random: 0.5,
    });
    expect(metrics.deletion?.better).toBe("lower");
    // An earlier version measured four.
    expect(Object.keys(metrics)).toHaveLength(4);
  });

  test.each([[[]], [[{}]], [[null]], [[{ ...evaluation(1, 1), metrics: {} }]]])("refuses %j", (list) => {
    expect(() => sumEvaluations(list, "e", mean)).toThrow(/^e/);
  });
});

describe("pairEvaluations", () => {
  const mean = averaging(0.95, 0);
  const set = (name: string, figures: Readonly<Record<string, readonly [explanation: number, advantage: number]>>) => ({
    name,
    evaluations: Object.entries(figures).map(([id, [explanation, advantage]]) => ({ ...evaluation(explanation, advantage), id })),
  });

  test("matches by id whatever the order, and says how much better b is, with its sign by the metric", () => {
    const paired = pairEvaluations(set("a", { x: [1, 1], y: [2, 1], z: [9, 9] }), set("b", { y: [4, 2], x: [1, 4], w: [0, 0] }), mean);
    expect(paired).toMatchObject({ a: "a", b: "b", pairs: 2, unpaired: 2 });
    // Of insertion b is better by 0 (a tie) and 2, over random by 3 and 1.
    expect(paired.metrics.insertion).toMatchObject({
      better: "higher",
      a: 1.5,
      b: 2.5,
      b_better_by: { value: 1 },
      b_better_by_over_random: { value: 2 },
      b_wins: 0.75,
    });
    // What is higher is worse there.
    expect(paired.metrics.deletion).toMatchObject({ better: "lower", b_better_by: { value: -1 }, b_wins: 0.25 });
    expect(paired.metrics.lds).toBeUndefined();
  });

  test("intervals are of the paired differences: a difference that all pairs share is certain", () => {
    const { metrics } = pairEvaluations(set("a", { x: [1, 0], y: [50, 0] }), set("b", { x: [3, 0], y: [52, 0] }), mean);
    expect(metrics.insertion?.b_better_by).toEqual({ value: 2, low: 2, high: 2 });
  });

  test("evaluations without an id are matched by their spec's path", () => {
    const of = (path: string | null) => ({ ...evaluation(1, 1), spec: { path, sha256: "" } });
    const [a, b] = [
      { name: "a", evaluations: [of("x.yaml"), of("y.yaml")] },
      { name: "b", evaluations: [of("y.yaml")] },
    ];
    expect(pairEvaluations(a, b, mean)).toMatchObject({ pairs: 1, unpaired: 1 });
  });

  test("refuses sets without a pair", () => {
    expect(() => pairEvaluations(set("a", { x: [1, 1] }), set("b", { y: [1, 1] }), mean)).toThrow(/a and b have no evaluation in common/);
  });
});
