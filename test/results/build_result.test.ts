import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { ExplainError } from "../../src/errors.js";
import { buildResult } from "../../src/results/build_result.js";
import { ResultSchema, resultJsonSchema } from "../../src/results/result_schema.js";
import { toJson } from "../../src/views/result/json.js";
import { SAMPLE_NAMES, SAMPLES, sampleParts, sampleResult } from "../support/samples.js";

const validate = new Ajv2020({ strict: false }).compile(resultJsonSchema());

describe("a result", () => {
  it.each(SAMPLE_NAMES)("of the %s sample validates against the published JSON Schema", (name) => {
    const valid = validate(JSON.parse(toJson([sampleResult(SAMPLES[name])])));
    expect(validate.errors).toBeNull();
    expect(valid).toBe(true);
  });

  it("with extra keys at every level validates too", () => {
    const result = JSON.parse(toJson([sampleResult(SAMPLES.audio)]));
    const extended = { ...result, later: 1, players: result.players.map((player: object) => ({ ...player, later: {} })) };
    expect(validate(extended)).toBe(true);
  });

  it("without a value does not validate", () => {
    const result = JSON.parse(toJson([sampleResult(SAMPLES.text)]));
    delete result.players[0].value;
    expect(validate(result)).toBe(false);
  });

  it("has the keys of the format in its order", () => {
    const result = sampleResult(SAMPLES.audio);
    expect(Object.keys(result)).toEqual([
      "schema",
      "tool",
      "spec",
      "inputs",
      "model",
      "runtime",
      "response",
      "explainer",
      "payoff",
      "uncertainty",
      "players",
      "conversation",
      "warnings",
      "run",
    ]);
    const keys = Object.keys(ResultSchema.shape.players.element.shape);
    expect(keys.at(-1)).toBe("speaker");
    expect(Object.keys(result.players[0] ?? {})).toEqual(keys.slice(0, -1));
    expect(Object.keys(result.payoff)).toEqual(["full", "empty", "sum_of_values", "efficiency_gap", "fitted_on"]);
    expect(Object.keys(result.explainer).slice(0, 7)).toEqual([
      "sampler",
      "payoff",
      "n_players",
      "budget",
      "coalitions",
      "distinct_inputs",
      "biased",
    ]);
  });

  it("describes every key in its JSON Schema", () => {
    const undescribed: string[] = [];
    const walk = (schema: unknown, path: string): void => {
      if (typeof schema !== "object" || schema === null) return;
      for (const [key, value] of Object.entries(schema)) {
        if (key === "properties") {
          for (const [name, property] of Object.entries(value as Record<string, { description?: string }>)) {
            if (!property.description) undescribed.push(`${path}.${name}`);
          }
        }
        walk(value, `${path}.${key}`);
      }
    };
    walk(resultJsonSchema(), "");
    expect(undescribed).toEqual([]);
  });

  it("sums values and says how far the sum is from the payoff's difference", () => {
    const parts = sampleParts(SAMPLES.text);
    const { payoff } = buildResult({ ...parts, outcome: { ...parts.outcome, played: { full: 10, empty: 1 } } });
    expect(payoff.sum_of_values).toBeCloseTo(9.584, 12);
    expect(payoff.efficiency_gap).toBeCloseTo(0.584, 12);
  });

  it("repeats a player's normalised value on each of its tokens and puts null elsewhere", () => {
    const result = sampleResult(SAMPLES.group);
    expect(result.players[1]).toMatchObject({ kind: "group", text: "on…light", tokens: [1, 3], value: 2, normalized: 1 });
    expect(result.conversation[0]?.[0]?.shap_values).toEqual([0.1, 1, 0.05, 1, null]);
  });

  it("gives audio entries their segments, and base64 beside them where asked", () => {
    const parts = sampleParts(SAMPLES.audio);
    const entry = buildResult(parts).conversation[0]?.[1];
    expect(entry).toMatchObject({ content_type: 1, content: ["", "", ""], roles: [0, 0, 0] });
    expect(entry?.segments?.[1]).toEqual({ text: "", start_s: 0.25, end_s: 0.5 });
    const encoded = buildResult({ ...parts, audioContent: "base64" }).conversation[0]?.[1];
    expect(encoded?.content).toEqual(["UkkA", "UkkB", "UkkC"]);
    expect(encoded?.segments).toEqual(entry?.segments);
  });

  it("leaves out run where there is none, and writes no negative zero", () => {
    const parts = sampleParts(SAMPLES.text);
    const result = buildResult({ ...parts, run: undefined, outcome: { ...parts.outcome, played: { full: -0, empty: 0 } } });
    expect(result).not.toHaveProperty("run");
    expect(Object.is(result.payoff.full, 0)).toBe(true);
  });

  it("says null where a method gives no errors", () => {
    const parts = sampleParts(SAMPLES.text);
    const uncertainty = { method: "none", confidence: 0.95, reason: "one walk" };
    const estimate = { ...parts.outcome.estimate, stdErrors: null, intervals: null, uncertainty };
    const result = buildResult({ ...parts, outcome: { ...parts.outcome, estimate } });
    expect(result.players[0]).toMatchObject({ std_error: null, interval: null });
    expect(result.uncertainty).toEqual({ ...uncertainty, ranking: null });
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])("refuses a value of %s by the player's name", (bad) => {
    const parts = sampleParts(SAMPLES.text);
    const { outcome } = parts;
    const estimate = { ...outcome.estimate, values: outcome.estimate.values.with(4, bad) };
    const build = () => buildResult({ ...parts, outcome: { ...outcome, estimate } });
    expect(build).toThrow(ExplainError);
    expect(build).toThrow(/value of player 4 \("on"\)|sum of the values/);
  });

  it("keeps interactions by players' indices, the strongest first", () => {
    const pairs = [
      { first: 1, second: 4, value: -0.5, stdError: 0.1, interval: [-0.75, -0.25] as const },
      { first: 0, second: 2, value: 0.25, stdError: null, interval: null },
    ];
    const uncertainty = { method: "posterior", confidence: 0.95, reason: null };
    const interactions = { exact: false, pairs, main: new Float64Array(8), uncertainty };
    const result = buildResult({ ...sampleParts(SAMPLES.text), interactions });
    expect(result.interactions).toEqual({
      exact: false,
      pairs: [
        { players: [1, 4], value: -0.5, std_error: 0.1, interval: [-0.75, -0.25] },
        { players: [0, 2], value: 0.25, std_error: null, interval: null },
      ],
      main: [0, 0, 0, 0, 0, 0, 0, 0],
      uncertainty,
    });
    expect(ResultSchema.parse(result)).toEqual(result);
  });

  it("refuses parts that do not fit each other", () => {
    const parts = sampleParts(SAMPLES.text);
    expect(() => buildResult({ ...parts, normalized: new Float64Array(3) })).toThrow("3 normalized values for 8 players");
    const chat = { ...parts.chat, inputTokensNum: 99 };
    expect(() => buildResult({ ...parts, chat })).toThrow("the conversation's entries hold 12 tokens, the chat 99");
    const players = parts.players.map((player) => ({ ...player, tokens: [3] }));
    expect(() => buildResult({ ...parts, players })).toThrow("players 0 and 1 both have token 3");
  });
});
