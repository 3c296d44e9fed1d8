import { describe, expect, it } from "vitest";
import type { ModelResponse } from "../../src/chat/model_response.js";
import { foilOf } from "../../src/players/foil.js";
import { response } from "../support/fakes.js";

/** A token a character. */
const encode = (text: string): ModelResponse =>
  response({ tokens: Array.from(text, (character) => character.codePointAt(0) as number), text });
const ids = (text: string): number[] => [...encode(text).generatedTextTokens];

function stepsFor(text: string, end: readonly string[] = ["<|end|>"]) {
  const tokens = [...text, ...end];
  const answer = { ...encode(text), generatedTextTokens: Int32Array.from([...ids(text), ...end.map(() => 7)]) };
  return { answer: { ...answer, generatedModalityFlag: tokens.map(() => 0) }, tokens, frameSeconds: null };
}
const encoders = { whole: encode, inside: encode };

describe("foilOf", () => {
  it("compares whole answers without the tokens that end them", () => {
    const { span, response: foil, foilSpan } = foilOf(stepsFor("Paris"), null, "Lyon", encoders);
    expect([span, foilSpan]).toEqual([
      { from: 0, to: 5 },
      { from: 0, to: 4 },
    ]);
    expect(foil.text).toBe("Lyon");
  });

  it("puts the foil in place of the target, behind the same beginning, and keeps the blank before it", () => {
    const steps = { ...stepsFor("It is Paris."), span: { from: 5, to: 11 } };
    const found = foilOf(steps, { text: "Paris" }, "Lyon", encoders);
    expect([...found.response.generatedTextTokens]).toEqual(ids("It is Lyon"));
    expect(found.response.text).toBe("It is Lyon");
    expect([found.span, found.foilSpan]).toEqual([
      { from: 5, to: 11 },
      { from: 5, to: 10 },
    ]);
    expect(foilOf(steps, { steps: [5, 11] }, "Lyon", encoders).response.text).toBe("It is Lyon");
    expect(foilOf(steps, { steps: [5, 11] }, "\nLyon", encoders).response.text).toBe("It is\nLyon");
  });

  it("refuses spoken and empty answers, and foils that say nothing else", () => {
    const spoken = { ...encode("a"), generatedAudioTokens: { frames: 1, codebooks: 1, codes: new Int32Array(1) } };
    expect(() => foilOf({ ...stepsFor("a"), answer: spoken }, null, "b", encoders)).toThrow(/the answer is spoken, and a foil is a text/);
    expect(() => foilOf(stepsFor(""), null, "b", encoders)).toThrow(/the answer has no text/);
    expect(() => foilOf(stepsFor("Paris"), null, "Paris", encoders)).toThrow('the foil "Paris" is what the answer says');
    expect(() => foilOf(stepsFor("Paris"), null, "x", { ...encoders, whole: () => encode("") })).toThrow('the foil "x" has no token');
  });
});
