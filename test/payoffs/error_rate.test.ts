import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SpecError } from "../../src/errors.js";
import { editDistance } from "../../src/payoffs/edit_distance.js";
import { createPayoff, type PayoffChoice } from "../../src/payoffs/registry.js";
import { fakeModel, NO_HELPERS, response } from "../support/fakes.js";

const of = (text: string) => response({ tokens: [1], text });

async function paid(
  choice: Partial<PayoffChoice> & { readonly kind: "wer" | "cer" },
  answers: readonly string[],
  target = "the target",
): Promise<number[]> {
  const whole = { reference: null, normalize: true, ...choice };
  const payoff = await createPayoff(whole, { model: fakeModel({}), ...NO_HELPERS });
  if (payoff.needs !== "responses") throw new Error("it compares answers");
  const fitted = await payoff.fit(of(target), [], {});
  return [...(await fitted.values(answers.map(of), {}))];
}

describe("edit distance", () => {
  it("is what is known of words worked by hand", () => {
    const letters = (a: string, b: string) => editDistance([...a], [...b]);
    expect([letters("kitten", "sitting"), letters("", "abc"), letters("abc", ""), letters("same", "same")]).toEqual([3, 3, 3, 0]);
  });

  it("is a metric between the difference of the lengths and the longer one", () => {
    const list = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 12 });
    fc.assert(
      fc.property(list, list, list, (a, b, c) => {
        const distance = editDistance(a, b);
        expect(distance).toBe(editDistance(b, a));
        expect(distance).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
        expect(distance === 0).toBe(a.join() === b.join());
        expect(editDistance(a, c)).toBeLessThanOrEqual(distance + editDistance(b, c));
      }),
    );
  });
});

describe("wer and cer", () => {
  const reference = "Turn on the light.";

  it("are 1 less the errors over the length of the reference", async () => {
    const answers = ["turn ON the light", "turn on a light", "turn the light on", "", "one two three four five six seven eight nine"];
    expect(await paid({ kind: "wer", reference }, answers)).toEqual([1, 0.75, 0.5, 0, 1 - 9 / 4]);
    // "turn on the light" has 17 characters, blanks counted; a / the: 3 errors
    expect(await paid({ kind: "cer", reference }, answers.slice(0, 2))).toEqual([1, 1 - 3 / 17]);
  });

  it("hold answers against the one that is explained where no reference is given", async () => {
    expect(await paid({ kind: "wer" }, ["a target", "the target"], "The target!")).toEqual([0.5, 1]);
  });

  it("compare what stands there, where nothing is to be normalised", async () => {
    expect(await paid({ kind: "wer", reference, normalize: false }, ["Turn on  the light.", "turn on the light"])).toEqual([1, 0.5]);
    expect(await paid({ kind: "cer", reference: "é😀", normalize: false }, ["é", "e😀"])).toEqual([0.5, 0.5]);
  });

  it("refuse a reference without words", async () => {
    await expect(paid({ kind: "wer", reference: "?!" }, ["a"])).rejects.toThrow(SpecError);
    await expect(paid({ kind: "cer" }, ["a"], "")).rejects.toThrow(
      /the answer that is explained "" holds no character: give explain.payoff a reference/,
    );
  });
});
