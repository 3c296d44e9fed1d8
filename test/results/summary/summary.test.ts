import { describe, expect, test } from "vitest";
import type { Result } from "../../../src/results/result_schema.js";
import { averaging } from "../../../src/results/summary/averaging.js";
import { pairEvaluations, sumEvaluations } from "../../../src/results/summary/faithfulness.js";
import { createPairing, createSummary } from "../../../src/results/summary/summary.js";
import { SUMMARY_FORMATS } from "../../../src/views/summary/formats.js";
import { evaluation } from "../../support/evaluations.js";
import { rendered } from "../../support/render.js";
import { type SampleTurn, sampleResult, word } from "../../support/samples.js";

const turn = (role: SampleTurn["role"], ...values: readonly number[]): SampleTurn => ({
  role,
  entries: [{ tokens: values.map((value, i) => word(`w${i}`, value)) }],
});
const speech = (...values: readonly number[]): SampleTurn => ({
  role: "user",
  entries: [{ audio: true, tokens: values.map((value, i) => ({ text: "", value, time: [i, i + 1] as const })) }],
});

/** A: user 1, −3, assistant 2. B: user text 4, user audio −4. */
const A = sampleResult({ turns: [turn("user", 1, -3), turn("assistant", 2)] });
const B = sampleResult({ turns: [turn("user", 4), speech(-4)] });

function summary(results: readonly Result[], options: { confidence?: number; seed?: number } = {}) {
  const summing = createSummary({ name: "set", toolVersion: "1.2.3", ...options });
  for (const result of results) summing.add(result);
  return summing.end();
}

describe("createSummary", () => {
  test("averages |value| and shares over conversations, by role, modality and position", () => {
    const { set, by } = summary([A, B]);
    expect(set).toMatchObject({ name: "set", conversations: 2, players: 5 });
    const rows = (list: typeof by.role) =>
      list.map(({ group, conversations, players, mean_absolute_value, share }) => [
        group,
        conversations,
        players,
        mean_absolute_value.value,
        share?.value,
      ]);
    // A's user players: (1 + 3)/2 = 2, share 4/6; B's: (4 + 4)/2 = 4, share 1.
    expect(rows(by.role)).toEqual([
      ["user", 2, 4, 3, expect.closeTo((4 / 6 + 1) / 2, 12)],
      ["assistant", 1, 1, 2, expect.closeTo(1 / 3, 12)],
    ]);
    expect(rows(by.modality)).toEqual([
      ["text", 2, 4, 3, 0.75],
      ["audio", 1, 1, 4, 0.5],
    ]);
    // Of three players the fifths are 0, 1 and 3; of two, 0 and 2.
    expect(by.position.map(({ group, players }) => [group, players])).toEqual([
      ["first fifth", 2],
      ["second fifth", 1],
      ["third fifth", 1],
      ["fourth fifth", 1],
    ]);
  });

  test("has intervals that hold the mean, are a point where all are alike, and depend on the seed alone", () => {
    const many = [A, A, B, A, B];
    const { value, low, high } = summary(many).set.payoff_gap;
    expect(low).toBeLessThanOrEqual(value);
    expect(high).toBeGreaterThanOrEqual(value);
    const alike = summary([A, A, A]).by.role[0]?.mean_absolute_value;
    expect(alike).toEqual({ value: 2, low: 2, high: 2 });
    expect(summary(many)).toEqual(summary(many));
    expect(summary(many, { seed: 1 })).not.toEqual(summary(many));
    const wide = summary(many, { confidence: 0.99 }).by.role[0]?.mean_absolute_value;
    const narrow = summary(many, { confidence: 0.5 }).by.role[0]?.mean_absolute_value;
    expect((wide?.high ?? 0) - (wide?.low ?? 0)).toBeGreaterThan((narrow?.high ?? 0) - (narrow?.low ?? 0));
  });

  test("has no share where nothing has a value, and refuses an empty set", () => {
    expect(summary([sampleResult({ turns: [turn("user", 0, 0)] })]).by.role[0]?.share).toBeNull();
    expect(() => summary([])).toThrow(/set: holds no result/);
  });
});

describe("createPairing", () => {
  const mean = averaging(0.95, 0);

  test("takes differences pair by pair, and agreement where the players are the same", () => {
    const pairing = createPairing("a", "b", "1.2.3", mean);
    const louder = sampleResult({ turns: [turn("user", 2, -6), turn("assistant", 4)] });
    pairing.add(A, louder);
    pairing.add(A, B);
    const block = pairing.end(3);
    expect(block).toMatchObject({ pairs: 2, unpaired: 3, other_players: 1 });
    const rows = new Map(block.rows.map((row) => [row.measure, row]));
    // Of A: 2; of the others: 4 and 4.
    expect(rows.get("mean |value|")).toMatchObject({ pairs: 2, a: 2, b: 4, mean: { value: 2, low: 2, high: 2 } });
    expect(rows.get("Spearman")).toMatchObject({ pairs: 1, a: null, mean: { value: 1 } });
    expect(rows.get("sign agreement")?.mean.value).toBe(1);
    expect(rows.get("mean |difference|")?.mean.value).toBe(2);
  });

  test("refuses sets without a pair", () => {
    expect(() => createPairing("a", "b", "1.2.3", mean).end(4)).toThrow(/a and b have no conversation in common/);
  });
});

describe("formats", () => {
  const pairing = createPairing("a_1", "b", "1.2.3", averaging(0.95, 0));
  pairing.add(A, A);
  const summing = createSummary({ name: "set & more", toolVersion: "1.2.3" });
  summing.add(A);
  const mean = averaging(0.95, 0);
  const [one, other] = [[{ ...evaluation(2, 1), id: "c" }], [{ ...evaluation(3, 1), id: "c" }]];
  const whole = summing.end({
    comparison: pairing.end(0),
    faithfulness: sumEvaluations(one, "e", mean),
    faithfulness_comparison: pairEvaluations({ name: "e", evaluations: one }, { name: "f", evaluations: other }, mean),
  });

  test("JSON is the summary itself", () => {
    expect(JSON.parse(rendered(SUMMARY_FORMATS.json, [whole]))).toEqual(JSON.parse(JSON.stringify(whole)));
  });

  test("LaTeX balances its tables and escapes its texts", () => {
    const tex = rendered(SUMMARY_FORMATS.tex, [whole]);
    const tables = tex.match(/\\begin\{tabular\}\{(l|r)+\}/g)?.length;
    expect(tables).toBe(7);
    expect(tex.match(/\\end\{tabular\}/g)).toHaveLength(tables ?? 0);
    expect(tex).toContain("mean \\textbar{}value\\textbar{}");
    for (const line of tex.split("\n").filter((one) => !one.startsWith("%"))) expect(line).not.toMatch(/[|−]|(?<!\\)_/);
  });

  test("CSV has one row a cell with its interval", () => {
    const lines = rendered(SUMMARY_FORMATS.csv, [whole]).trim().split("\r\n");
    expect(lines[0]).toBe("table,row,column,value,low,high");
    expect(lines).toContain("by role,assistant,mean |value|,2,2,2");
  });

  test("the page has every table, escapes its texts and needs nothing else", () => {
    const html = rendered(SUMMARY_FORMATS.html, [whole]);
    expect(html.match(/<table>/g)).toHaveLength(7);
    expect(html).toContain("set &amp; more");
    expect(html).not.toMatch(/(?:src|href)="(?!#|data:)/);
  });

  test("text tells what is not compared", () => {
    const other = createPairing("a", "b", "1.2.3", averaging(0.95, 0));
    other.add(A, B);
    const text = rendered(SUMMARY_FORMATS.text, [{ ...whole, comparison: other.end(2) }]);
    expect(text).toContain("2 conversations are in one set only");
    expect(text).toContain("of 1 pairs differ");
    expect(text).toMatch(/^assistant +1 +1 +2 \[2, 2\]/m);
  });
});
