import { expect, test } from "vitest";
import type { Evaluation } from "../../src/results/evaluation.js";
import { EVALUATION_COLUMNS, evaluationRow } from "../../src/results/evaluation_row.js";
import { MERGED_EVALUATIONS } from "../../src/views/merged/formats.js";
import { evaluation } from "../support/evaluations.js";
import { rendered } from "../support/render.js";

const whole = {
  ...evaluation(2, 1),
  id: "c0",
  spec: { path: null, sha256: "" },
  model: { repo: "m" },
  explainer: { sampler: "exact", payoff: "likelihood", n_players: 3, coalitions: 8 },
  payoff: { kind: "tfidf", full: 1, empty: 0 },
} as unknown as Evaluation;

test("a row holds the evaluation's figures, and nothing where an earlier version measured none", () => {
  const row = evaluationRow(whole, 4);
  expect(Object.keys(row)).toEqual(EVALUATION_COLUMNS);
  expect(row).toMatchObject({
    id: "c0",
    payoff: "tfidf",
    insertion: 2,
    insertion_over_leave_one_out: 1,
    insertion_over_random: 1,
    lds: null,
  });
});

test("CSV and JSON Lines have one row an evaluation", () => {
  const [head, first, second] = rendered(MERGED_EVALUATIONS.csv, [whole, { ...whole, id: "=c1" }]).split("\r\n");
  expect(head?.split(",")).toEqual(EVALUATION_COLUMNS);
  expect(first).toMatch(/^c0,m,exact,tfidf,3,8,1,0,2,1,1,/);
  expect(second).toMatch(/^=c1,/);
  expect(JSON.parse(rendered(MERGED_EVALUATIONS.jsonl, [whole]))).toEqual(whole);
});
