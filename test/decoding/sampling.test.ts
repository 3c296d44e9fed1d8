import fc from "fast-check";
import { expect, test } from "vitest";
import { argmax, drawable, isGreedy, logProbability, sample } from "../../src/decoding/sampling.js";
import { sumExp } from "../../src/decoding/sum_exp.js";
import { createRng } from "../../src/random.js";

test("greedy is a temperature of null or at most 0, or a top-k of 1", () => {
  expect(isGreedy({ temperature: null, topK: 5 })).toBe(true);
  expect(isGreedy({ temperature: 0, topK: null })).toBe(true);
  expect(isGreedy({ temperature: -1, topK: null })).toBe(true);
  expect(isGreedy({ temperature: 0.7, topK: 1 })).toBe(true);
  expect(isGreedy({ temperature: 0.7, topK: null })).toBe(false);
});

test("the first of equal maxima wins, within the row", () => {
  expect(argmax(Float32Array.of(9, 1, 5, 5, 0, 9), 1, 4)).toBe(1);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 1, maxLength: 40 }), fc.nat(20), (row, before) => {
      const logits = Float32Array.of(...new Array<number>(before).fill(9), ...row, 9);
      expect(argmax(logits, before, row.length)).toBe(row.indexOf(Math.max(...row)));
    }),
  );
});

test("draws follow softmax(logits / temperature)", () => {
  const logits = Float32Array.of(99, 0, Math.log(2), Math.log(5), 99);
  const counts = [0, 0, 0];
  const rng = createRng("softmax");
  for (let i = 0; i < 30_000; i++) {
    const drawn = sample(logits, 1, 3, { temperature: 0.5, topK: null }, rng);
    counts[drawn] = (counts[drawn] as number) + 1;
  }
  const total = counts.reduce((a, b) => a + b, 0);
  [1 / 30, 4 / 30, 25 / 30].forEach((p, i) => {
    expect(Math.abs((counts[i] as number) / total - p)).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / total));
  });
});

test("top-k keeps ties at its threshold and nothing below", () => {
  const logits = Float32Array.of(1, 3, 2, 2, 0, -1);
  const seen = new Set<number>();
  const rng = createRng(3);
  for (let i = 0; i < 2_000; i++) seen.add(sample(logits, 0, 6, { temperature: 2, topK: 2 }, rng));
  expect([...seen].sort()).toEqual([1, 2, 3]);
});

test("a tiny temperature does not overflow", () => {
  expect(sample(Float32Array.of(-1e30, 50, 1e30), 0, 3, { temperature: 1e-6, topK: null }, createRng(1))).toBe(2);
});

test("log-probabilities are exact in double precision, far below float32's range too", () => {
  const logits = Float32Array.of(0, 1000, 999, 0, -1000);
  expect(logProbability(logits, 0, 5, 1)).toBeCloseTo(-Math.log1p(Math.exp(-1)), 14);
  expect(logProbability(logits, 0, 5, 4)).toBeCloseTo(-2000 - Math.log1p(Math.exp(-1)), 10);
  expect(logProbability(logits, 3, 2, 0)).toBe(0);
  expect(logProbability(Float32Array.of(0, 700, -Infinity), 0, 3, 0)).toBeCloseTo(-700, 10);
  expect(logProbability(Float32Array.of(0, 700, -Infinity), 0, 3, 2)).toBe(-Infinity);
  expect(logProbability(Float32Array.of(0, Number.NaN), 0, 2, 0)).toBeNaN();
});

test("sums of exponentials are as exact as the engine's own, over the whole range of logits", () => {
  const rng = createRng(8);
  for (const spread of [0.01, 1, 20, 300, 2000]) {
    const logits = Float32Array.from({ length: 500 }, () => -rng.float() * spread);
    const highest = Math.max(...logits);
    const wanted = logits.reduce((sum, logit) => sum + Math.exp(logit - highest), 0);
    expect(Math.abs(sumExp(logits, 0, 500, highest) / wanted - 1)).toBeLessThan(1e-14);
    for (const below of [3.7, 640]) {
      expect(Math.abs(sumExp(logits, 0, 500, highest - below) / (wanted * Math.exp(below)) - 1)).toBeLessThan(1e-13);
    }
  }
  expect(sumExp(Float32Array.of(5, 700, -5), 0, 3, 5)).toBe(Infinity);
  expect(sumExp(Float32Array.of(5, -Infinity, 5), 0, 3, 5)).toBe(2);
  expect(sumExp(Float32Array.of(5, Number.NaN), 0, 2, 5)).toBeNaN();
});

test("ids without a token are never drawn: those beyond the vocabulary, and its holes", () => {
  const row = () => Float32Array.of(0, 9, 1, 7, 2, 8);
  const ids = { end: 5, unused: [1, 3, 7] };
  const logits = row();
  const size = drawable(logits, 0, 6, ids);
  expect(size).toBe(5);
  expect(argmax(logits, 0, size)).toBe(4);
  const rng = createRng("holes");
  const drawn = new Set(Array.from({ length: 300 }, () => sample(logits, 0, size, { temperature: 5, topK: null }, rng)));
  expect([...drawn].sort()).toEqual([0, 2, 4]);
  expect(drawable(row(), 0, 6, null)).toBe(6);
  expect(drawable(row(), 0, 4, ids)).toBe(4);
});
