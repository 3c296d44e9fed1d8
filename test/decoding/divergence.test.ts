import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { divergeSteps, jensenShannon } from "../../src/decoding/divergence.js";
import type { ForcedOptions } from "../../src/decoding/score.js";

const softmax = (logits: readonly number[]): readonly number[] => {
  const highest = Math.max(...logits);
  const weights = logits.map((logit) => Math.exp(logit - highest));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
};
const entropy = (law: readonly number[]): number => law.reduce((sum, p) => sum - (p === 0 ? 0 : p * Math.log(p)), 0);
/** H(M) − ½ H(P) − ½ H(Q): another way to the same number. */
const byEntropies = (a: readonly number[], b: readonly number[]): number => {
  const [p, q] = [softmax(a), softmax(b)];
  return entropy(p.map((value, i) => (value + (q[i] as number)) / 2)) - (entropy(p) + entropy(q)) / 2;
};
const divergence = (a: readonly number[], b: readonly number[]): number =>
  jensenShannon(Float32Array.from(a), Float32Array.from([9, 9, ...b]), 2);

describe("jensenShannon", () => {
  it("is what entropies say, symmetric, and from 0 to ln 2", () => {
    const logits = fc.array(fc.float({ min: -30, max: 30, noNaN: true }), { minLength: 7, maxLength: 7 });
    fc.assert(
      fc.property(logits, logits, (a, b) => {
        const found = divergence(a, b);
        expect(found).toBeCloseTo(byEntropies(a, b), 9);
        expect(found).toBeCloseTo(divergence(b, a), 12);
        expect(found).toBeGreaterThanOrEqual(0);
        expect(found).toBeLessThanOrEqual(Math.LN2);
      }),
    );
  });

  it("of P = (.51, .49) and Q = (.49, .51) is 0.0002: no token is left out", () => {
    expect(divergence([Math.log(0.51), Math.log(0.49)], [Math.log(0.49), Math.log(0.51)])).toBeCloseTo(0.0002, 6);
  });

  it("is 0 for equal laws, whatever is added to the logits, and ln 2 for laws that share no token", () => {
    expect(divergence([1, 2, 3], [1, 2, 3])).toBe(0);
    expect(divergence([1, 2, 3], [5, 6, 7])).toBeCloseTo(0, 12);
    expect(divergence([0, -Infinity], [-Infinity, 0])).toBe(Math.LN2);
    expect(divergence([0, -Infinity, 0], [0, -Infinity, 0])).toBe(0);
  });
});

describe("divergeSteps", () => {
  /** The law of a step follows from the prompt's first id and the step. */
  const logitsOf = (id: number, step: number): number[] => [id * step, 1, id];
  const engine = {
    async force(prompts: readonly Int32Array[], { continuation, visit, onDone }: ForcedOptions): Promise<void> {
      const count = continuation.length + 1;
      // Two chunks, as long answers come.
      for (const [first, size] of [
        [0, 1],
        [1, count - 1],
      ] as const) {
        if (size === 0) continue;
        const rows = prompts.flatMap((prompt) => Array.from({ length: size }, (_, t) => logitsOf(prompt[0] as number, first + t)));
        await visit({
          requests: [...prompts.keys()],
          first,
          count: size,
          logits: Float32Array.from(rows.flat()),
          vocabulary: 3,
          hidden: null,
          at: (row, t) => row * size + t,
          logProbability: () => Number.NaN,
        });
      }
      for (const request of prompts.keys()) onDone?.(request);
    },
  };
  const options = { ids: Int32Array.of(5, 6, 7), reference: Int32Array.of(2), sharedPrefix: null };

  it("compares every step of every prompt with the reference's", async () => {
    const told: number[] = [];
    const found = await divergeSteps(engine, [Int32Array.of(2), Int32Array.of(4)], {
      ...options,
      onResult: (request) => told.push(request),
    });
    expect(found[0]).toEqual(new Float64Array(3).fill(-0));
    [0, 1, 2].forEach((step) => {
      expect(found[1]?.[step]).toBeCloseTo(-byEntropies(logitsOf(2, step), logitsOf(4, step)), 7);
    });
    expect(told).toEqual([0, 1]);
  });

  it("has nothing to say of an empty answer, and refuses laws that are too many", async () => {
    expect(await divergeSteps(engine, [Int32Array.of(1)], { ...options, ids: new Int32Array(0) })).toEqual([new Float64Array(0)]);
    const wide = {
      force: async (_prompts: readonly Int32Array[], { visit }: ForcedOptions) =>
        await visit({
          requests: [0],
          first: 0,
          count: 1,
          logits: new Float32Array(0),
          vocabulary: 2 ** 20,
          hidden: null,
          at: () => 0,
          logProbability: () => Number.NaN,
        }),
    };
    await expect(divergeSteps(wide, [], { ...options, ids: new Int32Array(1000) })).rejects.toThrow(
      "the next-token laws of 1000 steps over 1048576 tokens take 3.9 GiB, and 1.0 GiB are held at most",
    );
  });
});
