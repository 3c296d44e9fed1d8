import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildResult } from "../../src/results/build_result.js";
import { redact } from "../../src/results/redact.js";
import type { Result } from "../../src/results/result_schema.js";
import { ResultSchema } from "../../src/results/result_schema.js";
import { FORMATS } from "../../src/views/result/formats.js";
import { rendered } from "../support/render.js";
import { SAMPLES, sampleParts, sampleResult, word } from "../support/samples.js";

const OPTIONS = { csvExcel: false, width: 100, colorLevel: 0 } as const;

/** Put in front of every text, so that it cannot stand in a key or a number by chance. */
const SECRET = "Ωsecret";

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
  it("leaves no text of the conversation in any format", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const result = secretResult(text);
        expect(JSON.stringify(result)).toContain(SECRET);
        const redacted = redact(result);
        for (const format of Object.values(FORMATS)) expect(rendered(format, [redacted], OPTIONS)).not.toContain(SECRET);
      }),
      { numRuns: 50, seed: 20 },
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

  it("keeps key order", () => {
    const result = sampleResult(SAMPLES.turns);
    const keys = (value: unknown): unknown =>
      typeof value === "object" && value !== null ? Object.entries(value).map(([key, item]) => [key, keys(item)]) : null;
    expect(keys(redact(result))).toEqual(keys(result));
  });
});
