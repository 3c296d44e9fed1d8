import fc from "fast-check";
import stringWidth from "string-width";
import { describe, expect, it } from "vitest";
import { buildResult } from "../../../src/results/build_result.js";
import { redact } from "../../../src/results/redact.js";
import { itemByItem } from "../../../src/views/format.js";
import { text as format } from "../../../src/views/result/text.js";
import { columnFormat } from "../../../src/views/shared/numbers.js";
import { toText } from "../../../src/views/text/result_text.js";
import { rendered, renderedLater } from "../../support/render.js";
import { SAMPLE_NAMES, SAMPLES, sampleParts, sampleResult, word } from "../../support/samples.js";

/** The view without waiting for what draws it to be loaded. */
const text = { open: itemByItem(toText) };
const plainView = (result: ReturnType<typeof sampleResult>, width = 100) => rendered(text, [result], { width, colorLevel: 0 });

// biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes start with one.
const COLOUR = /\u001b\[[0-9;]*m/g;

describe("text view", () => {
  it("is what the format writes once its code is there, results in their order", async () => {
    const results = [sampleResult(SAMPLES.text), sampleResult(SAMPLES.group)];
    expect(await renderedLater(format, results)).toBe(rendered(text, results));
  });

  it.each(SAMPLE_NAMES)("of the %s sample without colour", (name) => {
    expect(plainView(sampleResult(SAMPLES[name]))).toMatchSnapshot();
  });

  it.each(SAMPLE_NAMES)("of the %s sample says the same with colour and without", (name) => {
    const result = sampleResult(SAMPLES[name]);
    for (const colorLevel of [1, 2, 3] as const) {
      const coloured = rendered(text, [result], { width: 100, colorLevel });
      expect(coloured).toMatch(COLOUR);
      expect(coloured.replace(COLOUR, "")).toBe(plainView(result));
    }
  });

  it("shades by sign: other hues for what raises and what lowers", () => {
    const of = (value: number) =>
      rendered(text, [sampleResult({ turns: [{ role: "user", entries: [{ tokens: [word("kitchen", value)] }] }] })], {
        width: 80,
        colorLevel: 3,
      });
    expect(of(1)).toContain("\u001b[48;2;214;62;12m\u001b[38;2;255;255;255mkitchen\u001b[39m\u001b[49m");
    expect(of(-1)).toContain("\u001b[48;2;22;104;214m\u001b[38;2;255;255;255mkitchen\u001b[39m\u001b[49m");
  });

  it("lists the pairs that work together, where they were asked for", () => {
    const pairs = [
      { first: 4, second: 6, value: 1.25, stdError: 0.1, interval: [1, 1.5] as const },
      { first: 1, second: 2, value: 0.75, stdError: 0.5, interval: [-0.5, 2] as const },
      { first: 3, second: 7, value: -0.5, stdError: 0.1, interval: [-0.75, -0.25] as const },
    ];
    const uncertainty = { method: "posterior", confidence: 0.95, reason: null };
    const interactions = { exact: false, pairs, main: new Float64Array(8), uncertainty };
    const view = rendered(text, [buildResult({ ...sampleParts(SAMPLES.text), interactions })], { width: 100, colorLevel: 0 });
    expect(view).toContain(
      "pairs, beyond what each is worth alone\n2 of 3 pairs have an interval without 0, the others may be chance\n" +
        "+1.250  [+1.000, +1.500]  on × kitchen\n-0.500  [-0.750, -0.250]  turn × light\n",
    );
    expect(plainView(sampleResult(SAMPLES.text))).not.toContain("pairs,");
    const reason = "6 coalitions are too few";
    const unknown = {
      ...interactions,
      pairs: pairs.map((pair) => ({ ...pair, stdError: null, interval: null })),
      uncertainty: { ...uncertainty, reason },
    };
    const without = rendered(text, [buildResult({ ...sampleParts(SAMPLES.text), interactions: unknown })], { width: 100, colorLevel: 0 });
    expect(without).toContain("alone\nno pair is shown, as none has a known error: 6 coalitions are too few\n");
    expect(without).not.toContain("×");
  });

  it("tells words that stand twice apart by their turns in pairs", () => {
    const parts = sampleParts(SAMPLES.turns);
    const twice = parts.players.map((player, i) => ({ ...player, text: i < 2 ? "lamp post" : player.text, turn: i === 0 ? 1 : 3 }));
    const pairs = [{ first: 0, second: 1, value: 1, stdError: 0, interval: [1, 1] as const }];
    const uncertainty = { method: "full enumeration", confidence: 0.95, reason: null };
    const interactions = { exact: true, pairs, main: new Float64Array(twice.length), uncertainty };
    const view = rendered(text, [buildResult({ ...parts, players: twice, interactions })], { width: 100, colorLevel: 0 });
    expect(view).toContain("alone\n+1.000  lamp post (turn 1) × lamp post (turn 3)\n");
  });

  it("marks by sign and strength, from raw values", () => {
    const view = plainView(sampleResult(SAMPLES.text));
    expect(view).toContain("could you please turn⁺ on⁺⁺⁺ the⁻ kitchen⁺⁺⁺ light⁺⁺⁺\n");
    expect(view).not.toContain("<|im_start|>");
  });

  it("ranks by the size of raw values", () => {
    const ranks = plainView(sampleResult(SAMPLES.text)).match(/^\d+ .*$/gm) ?? [];
    expect(ranks.map((line) => line.split(" ").at(-1))).toEqual(["on", "kitchen", "light", "the", "turn", "you", "could", "please"]);
  });

  it("lists at most thirty players and adds up the rest", () => {
    const tokens = Array.from({ length: 200 }, (_, i) => word(` w${i}`, 1 + i / 1000));
    const view = plainView(sampleResult({ turns: [{ role: "user", entries: [{ tokens }] }] }));
    expect(view.match(/^ ?\d+ {2}/gm)).toHaveLength(30);
    expect(view).toContain("and 170 more with a smaller |value|: together +184.365");
    expect(view).toContain("+219.900  = payoff with everything − with nothing");
  });

  it("warns of bias, missing errors, gaps, cut answers and whatever the run warned of", () => {
    const parts = sampleParts(SAMPLES.text);
    const view = plainView(
      buildResult({
        ...parts,
        target: { ...parts.target, finishReason: "length" },
        outcome: {
          ...parts.outcome,
          played: { ...parts.outcome.played, full: 1 },
          estimate: {
            ...parts.outcome.estimate,
            stdErrors: null,
            intervals: null,
            biased: true,
            uncertainty: { method: "none", confidence: 0.95, reason: "9 pairs, 10 are needed" },
          },
        },
        warnings: ["3 log-probabilities were floored\u001b[2J"],
      }),
    );
    expect(view).toContain("! The answer was cut off");
    expect(view).toContain("! Biased: at this budget the values of exact are off");
    expect(view).toContain("! No standard errors: 9 pairs, 10 are needed.");
    expect(view).toContain("! The values do not add up to the payoff's difference: the gap is -1.00.");
    expect(view).toContain("! 3 log-probabilities were floored\\e[2J");
  });

  it("reads when redacted", () => {
    const view = plainView(redact(sampleResult(SAMPLES.text)));
    expect(view).toContain("answer     ▒▒▒\n");
    expect(view).toContain("▒ ▒ ▒ ▒⁺ ▒⁺⁺⁺ ▒⁻ ▒⁺⁺⁺ ▒⁺⁺⁺\n");
    expect(view).not.toContain("kitchen");
  });

  it("shows a token that only completes a character", () => {
    const tokens = [word("say", 0.5), word(" 🙂", 1), word("", -2)];
    const view = plainView(sampleResult({ turns: [{ role: "user", entries: [{ tokens }] }] }));
    expect(view).toContain("say⁺ 🙂⁺⁺▒⁻⁻⁻\n");
    expect(view).toMatch(/^1 {2}-2\.000 .* …🙂$/m);
  });

  it("says whole sentences on a narrow terminal", () => {
    for (const name of SAMPLE_NAMES) {
      const said = (width: number) => plainView(sampleResult(SAMPLES[name]), width).replace(/\s+/g, " ");
      for (const sentence of ["= payoff with everything − with nothing", "what made each word of the answer: its payoff, and by whom"])
        expect(said(40).includes(sentence), name).toBe(said(100).includes(sentence));
    }
    expect(plainView(sampleResult(SAMPLES.text), 40)).toMatch(/ {2}= payoff with everything −\n {11}with nothing\n/);
  });

  it("stays within the terminal's width, wide characters included", () => {
    for (const name of SAMPLE_NAMES) {
      for (const width of [40, 57, 80, 140]) {
        for (const line of plainView(sampleResult(SAMPLES[name]), width).split("\n")) {
          expect(stringWidth(line), line).toBeLessThanOrEqual(width);
        }
      }
    }
  });

  it("holds no raw control or bidirectional character, whatever the texts are, and no line is too wide", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom("\u001b]0;t\u0007", "\u202e", "\r", "厨房の灯り".repeat(12), "a".repeat(200), "\u0085", " "),
    );
    const token = fc.record({ text, value: fc.option(fc.double({ min: -5, max: 5, noNaN: true }), { nil: undefined }) });
    fc.assert(
      fc.property(fc.array(token, { minLength: 1, maxLength: 8 }), text, fc.integer({ min: 40, max: 120 }), (tokens, answer, width) => {
        const turns = [{ role: "user" as const, entries: [{ tokens: tokens.map((each) => word(each.text, each.value)) }] }];
        const result = sampleResult({ turns, answer, parts: { warnings: [answer] } });
        const view = plainView({ ...result, spec: { ...result.spec, path: answer } }, width);
        expect(view.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u);
        for (const line of view.split("\n")) expect(stringWidth(line), line).toBeLessThanOrEqual(width);
      }),
      { numRuns: 100, seed: 20 },
    );
  });
});

describe("numbers of a column", () => {
  it.each([
    [
      [0.31, -0.0021],
      ["+0.3100", "-0.0021"],
    ],
    [
      [4.12, -0.0001],
      ["+4.120", "0.000"],
    ],
    [
      [1234.5, 3],
      ["+1235", "+3"],
    ],
    [
      [0, -0],
      ["0.000", "0.000"],
    ],
    [
      [2e-7, -1e-9],
      ["+2.00e-7", "-1.00e-9"],
    ],
    [[3e9], ["+3.00e+9"]],
  ])("%j reads %j", (values, texts) => {
    expect(values.map(columnFormat(values))).toEqual(texts);
  });
});
