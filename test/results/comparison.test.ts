import { describe, expect, it } from "vitest";
import { compareResults } from "../../src/results/comparison.js";
import type { Result } from "../../src/results/result_schema.js";
import { COMPARISON_FORMATS } from "../../src/views/comparison.js";
import { rendered } from "../support/render.js";
import { sampleResult, words } from "../support/samples.js";

const TEXTS = ["turn", "on", "the", "light"];

function result(values: readonly number[], errors: readonly (number | null)[] = values.map(() => 0.1)): Result {
  const made = sampleResult({
    turns: [{ role: "user", entries: [{ tokens: words(TEXTS.slice(0, values.length).map((text, i) => [text, values[i] as number])) }] }],
  });
  return { ...made, players: made.players.map((player, i) => ({ ...player, std_error: errors[i] ?? null })) };
}

const compared = (a: Result, b: Result) => compareResults({ file: "a.json", result: a }, { file: "b.json", result: b }, "1.2.3");

describe("compareResults", () => {
  it("measures ranks, signs and differences, the largest first", () => {
    const report = compared(result([4, 3, 2, -1]), result([4, 2, 3, 2]));
    expect(report).toMatchObject({
      spearman: expect.closeTo(0.6325, 3),
      sign_agreement: 0.75,
      mean_absolute_difference: 1.25,
      differ_in: [],
    });
    expect(report.players.map(({ text, difference }) => [text, difference])).toEqual([
      ["light", 3],
      ["on", -1],
      ["the", 1],
      ["turn", 0],
    ]);
    expect(report.players[0]?.z).toBeCloseTo(3 / Math.hypot(0.1, 0.1), 12);
  });

  it("has no z where errors are not known", () => {
    for (const { z } of compared(result([1, 2]), result([2, 1], [0.1, null])).players) expect(z).toBeNull();
  });

  it("says what else differs", () => {
    const a = result([1, 2]);
    const b = { ...a, explainer: { ...a.explainer, sampler: "kernel", seed: 9 }, response: { ...a.response, text: "other" } };
    expect(compared(a, b).differ_in).toEqual(["answer", "sampler", "seed"]);
  });

  it("compares the same texts on other tokens, and redacted texts by their tokens", () => {
    const a = result([1, 2]);
    const moved = { ...a, players: a.players.map((player) => ({ ...player, tokens: player.tokens.map((token) => token + 5) })) };
    expect(compared(a, moved).kendall).toBe(1);
    const silent = (one: Result) => ({ ...one, players: one.players.map((player) => ({ ...player, text: "" })) });
    expect(compared(silent(a), silent(a)).kendall).toBe(1);
    expect(() => compared(silent(a), silent(moved))).toThrow(/^player 0 is tokens .* in a\.json and tokens .* in b\.json$/);
  });

  it("refuses other players", () => {
    expect(() => compared(result([1, 2]), result([1, 2, 3]))).toThrow("a.json explains 2 players and b.json 3");
    const b = result([1, 2]);
    const renamed = { ...b, players: b.players.map((player) => ({ ...player, text: `${player.text}s` })) };
    expect(() => compared(result([1, 2]), renamed)).toThrow('player 0 is "turn" in a.json and "turns" in b.json');
  });
});

describe("a comparison as text", () => {
  it("lists the largest differences under the measures", () => {
    const lines = rendered(COMPARISON_FORMATS.text, [compared(result([4, 3, 2, -1]), result([4, 2, 3, 2]))]).split("\n");
    expect(lines).toContain("sign agreement      3 of 4 players");
    expect(lines.findIndex((line) => line.endsWith("   light"))).toBeLessThan(lines.findIndex((line) => line.endsWith("   turn")));
    expect(lines.find((line) => line.endsWith("   light"))).toMatch(/^-1\.000 +\+2\.000 +\+3\.000 +\+21\.2 {3}light$/);
  });

  it("escapes what a terminal would obey", () => {
    const evil = result([1, 2]);
    const players = evil.players.map((player) => ({ ...player, text: "a\u001b[2Jb" }));
    expect(rendered(COMPARISON_FORMATS.text, [compared({ ...evil, players }, { ...evil, players })])).not.toContain("\u001b");
  });
});
