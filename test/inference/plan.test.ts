import fc from "fast-check";
import { expect, test } from "vitest";
import { groupPrompts, parts } from "../../src/inference/groups.js";
import { choosePrefill, rowsPerBatch, tokensPerCall } from "../../src/inference/plan.js";

const SIZE = { parameters: 28e6, vocabulary: 8192, cacheBytesPerToken: 16_384, stateBytes: 0 };
const LIMITS = { memory: 4 * 2 ** 30, threads: 2, maxRows: null };
const ALL = { batch: true, chunkSingle: true, chunkBatch: true, stepBatch: true, cache: true, logitsToKeep: true, rowsIndependent: true };

const promptsOf = fc.array(
  fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 6 }).map((ids) => Int32Array.from(ids)),
  {
    minLength: 1,
    maxLength: 20,
  },
);

test("groups partition the prompts by length and leave every row a token of its own", () => {
  fc.assert(
    fc.property(promptsOf, fc.option(fc.integer({ min: 0, max: 8 })), (prompts, shared) => {
      const groups = groupPrompts(prompts, shared);
      expect(groups.flatMap(({ members }) => members).sort((a, b) => a - b)).toEqual([...prompts.keys()]);
      for (const { members, length, prefix } of groups) {
        expect(prefix.length).toBeLessThan(length);
        for (const i of members) {
          expect(prompts[i]).toHaveLength(length);
          expect(prompts[i]?.slice(0, prefix.length)).toEqual(prefix.slice());
        }
      }
    }),
  );
});

test("a prefix that is told splits prompts the same way whatever stands beside them", () => {
  const prompts = [
    [1, 2, 3],
    [1, 2, 4],
    [9, 2, 4],
    [1, 2],
  ].map((ids) => Int32Array.from(ids));
  const prefixOf = (i: number, of: readonly Int32Array[]) => [
    ...(groupPrompts(of, 2).find(({ members }) => members.includes(i))?.prefix ?? []),
  ];
  expect(prompts.map((_, i) => prefixOf(i, prompts))).toEqual([[1, 2], [1, 2], [9, 2], [1]]);
  expect(prefixOf(0, prompts.slice(0, 1))).toEqual([1, 2]);
  expect(groupPrompts(prompts.slice(0, 1), null)[0]?.prefix).toHaveLength(0);
});

test("parts keep order and size", () => {
  expect(parts([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
});

test("a batch stays within memory, work and the rows allowed, and is never empty", () => {
  const shape = { past: 40, fed: 20, logits: 20, grow: 64 };
  const rows = rowsPerBatch(SIZE, shape, LIMITS);
  expect(rows).toBeGreaterThan(16);
  expect(rows * shape.fed).toBeLessThanOrEqual(tokensPerCall(SIZE, LIMITS));
  expect(rowsPerBatch(SIZE, shape, { ...LIMITS, maxRows: 3 })).toBe(3);
  const tight = rowsPerBatch(SIZE, shape, { ...LIMITS, memory: 50e6 });
  expect(tight).toBeLessThan(rows);
  expect(tight * 3 * SIZE.cacheBytesPerToken * 124).toBeLessThan(50e6);
  expect(rowsPerBatch(SIZE, { ...shape, fed: 1e6 }, { ...LIMITS, memory: 1 })).toBe(1);
  expect(rowsPerBatch({ ...SIZE, parameters: 1.5e9 }, shape, LIMITS)).toBe(1);
});

test("the plan follows what the graph allows", () => {
  const shape = { past: 40, fed: 20, logits: 1, grow: 64 };
  const kind = (can: Partial<typeof ALL>, past = 40) => choosePrefill({ ...ALL, ...can }, SIZE, { ...shape, past }, LIMITS);
  expect(kind({}).kind).toBe("tiled");
  expect(kind({}, 0).kind).toBe("whole");
  expect(kind({ chunkBatch: false })).toEqual({ kind: "single", rows: 1 });
  expect(kind({ chunkBatch: false }, 10).kind).toBe("whole");
  expect(kind({ chunkBatch: false, chunkSingle: false }).kind).toBe("whole");
  expect(kind({ rowsIndependent: false })).toEqual({ kind: "whole", rows: 1 });
  expect(kind({ batch: false, chunkBatch: false, chunkSingle: false })).toEqual({ kind: "whole", rows: 1 });
});
