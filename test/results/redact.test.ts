import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildResult } from "../../src/results/build_result.js";
import { redact } from "../../src/results/redact.js";
import type { Result } from "../../src/results/result_schema.js";
import { ResultSchema } from "../../src/results/result_schema.js";
import { render } from "../../src/views/format.js";
import { FORMATS } from "../../src/views/result/formats.js";
import { SAMPLES, sampleParts, sampleResult, word } from "../support/samples.js";

const OPTIONS = { csvExcel: false, width: 100, colorLevel: 0 } as const;

/** Put in front of every text, so that it cannot stand in a key or a number by chance. */
const SECRET = "Ωsecret";

function withPayoff(result: Result, payoff: object): Result {
  const { explain } = result.spec.resolved as { readonly explain: object };
  return { ...result, spec: { ...result.spec, resolved: { ...result.spec.resolved, explain: { ...explain, payoff } } } };
}

function secretResult(text: string): Result {
  const secret = SECRET + text;
  const parts = sampleParts({
    turns: [{ role: "user", entries: [{ tokens: [word(secret, 1), word(secret, 2, secret)] }] }],
    answer: secret,
  });
  const spec = {
    ...parts.request.spec,
    messages: [
      {
        role: "user",
        content: [
          { type: "text", text: secret },
          { type: "audio", path: "a.wav", transcript: [secret, secret] },
        ],
      },
    ],
    explain: { ...parts.request.spec.explain, groups: [{ name: secret, phrase: secret, occurrence: 1 }] },
  } as unknown as typeof parts.request.spec;
  const target = { ...parts.target, text: secret };
  const request = { ...parts.request, spec };
  const built = buildResult({ ...parts, request, target, targetTokens: [secret, "x"], warnings: [`not found: ${secret}`] });
  const audio = { frames: 1, codebooks: 8, seconds: 0.08, format: "wav", content: secret };
  const result = { ...built, response: { ...built.response, audio } };
  const segments = [0, 1].map(() => ({ text: secret, start_s: 0, end_s: 1 }));
  return {
    ...result,
    conversation: result.conversation.map((turn) => turn.map((entry) => ({ ...entry, segments }))),
    later: secret,
  } as Result;
}

describe("redacting", () => {
  it("leaves no text of the conversation in any format", async () => {
    // Pictures hold nothing but what stands in the drawing, which svg gives as text.
    const formats = Object.values(FORMATS).filter((format) => !("binary" in format));
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme" }), async (text) => {
        const result = secretResult(text);
        expect(JSON.stringify(result)).toContain(SECRET);
        const redacted = redact(result);
        // A refusal (no sound with times) says none either.
        for (const format of formats) expect(await render(format, [redacted], OPTIONS).catch(String)).not.toContain(SECRET);
      }),
      { numRuns: 25, seed: 20 },
    );
  });

  it("keeps the lengths of lists, every number and the shape of the spec", () => {
    const result = secretResult("");
    const redacted = redact(result);
    expect(ResultSchema.safeParse(redacted).success).toBe(true);
    expect(redacted.response.tokens).toEqual(["", ""]);
    expect(redacted.conversation[0]?.[0]?.content).toEqual(["", ""]);
    expect(redacted.conversation[0]?.[0]?.shap_values).toEqual(result.conversation[0]?.[0]?.shap_values);
    expect(redacted.players.map((player) => player.value)).toEqual([1, 2]);
    expect(redacted.spec.resolved.messages).toEqual([
      {
        role: "user",
        content: [
          { type: "text", text: "" },
          { type: "audio", path: "a.wav", transcript: ["", ""] },
        ],
      },
    ]);
    expect(redacted.model).toEqual(result.model);
  });

  it("leaves no text of a payoff's options: those that say so, and all of a payoff that is not known", () => {
    const of = (payoff: object) => {
      const { spec } = redact(withPayoff(secretResult("a"), payoff));
      return (spec.resolved as { readonly explain: { readonly payoff: unknown } }).explain.payoff;
    };
    expect(of({ kind: "contrast", foil: SECRET, per: "token" })).toEqual({ kind: "contrast", foil: "", per: "token" });
    expect(of({ kind: "wer", reference: SECRET, normalize: true })).toEqual({ kind: "wer", reference: "", normalize: true });
    expect(of({ kind: "cer", reference: null, normalize: false })).toEqual({ kind: "cer", reference: null, normalize: false });
    expect(of({ kind: "later", gold: [SECRET], strength: 2 })).toEqual({ kind: "later", gold: [""], strength: 2 });
  });

  it("keeps key order", () => {
    const result = sampleResult(SAMPLES.turns);
    const keys = (value: unknown): unknown =>
      typeof value === "object" && value !== null ? Object.entries(value).map(([key, item]) => [key, keys(item)]) : null;
    expect(keys(redact(result))).toEqual(keys(result));
  });
});
