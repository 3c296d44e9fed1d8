import fc from "fast-check";
import { expect, test } from "vitest";
import { openDecoder } from "../../src/decoding/engine.js";
import { EDITS, questionOf, readTried, type Tried, writeTried } from "../../src/decoding/kept_plan.js";
import { LAYOUTS, TINY, writeDecoder } from "../support/decoder_files.js";

const tried: fc.Arbitrary<Tried> = fc.record({
  edit: fc.constantFrom(...EDITS),
  picks: fc.boolean(),
  can: fc.record({
    batch: fc.boolean(),
    chunkSingle: fc.boolean(),
    chunkBatch: fc.boolean(),
    stepBatch: fc.boolean(),
    cache: fc.boolean(),
    logitsToKeep: fc.boolean(),
    rowsIndependent: fc.boolean(),
    raggedPasses: fc.boolean(),
    raggedSteps: fc.boolean(),
  }),
});

test("what was found is read as it was written", () => {
  fc.assert(
    fc.property(tried, (found) => {
      expect(readTried(writeTried(found))).toEqual(found);
    }),
  );
});

test("a number that stands for nothing is not believed", () => {
  for (const kept of [null, Number.NaN, 0.5, -1, 2 ** 40, EDITS.length * 2 ** 10]) expect(readTried(kept)).toBeNull();
});

test("findings are of one way of opening a graph", () => {
  const way = { device: "cpu", threads: 2, largeCache: 8192 } as const;
  const ask = (other: object): string => questionOf({ ...way, ...other }).join("|");
  const asked = [
    {},
    { device: "cuda" },
    { threads: 1 },
    { largeCache: 0 },
    { largeVocabulary: 0 },
    { hints: { names: null, kvHeads: 2, headDim: 8 } },
    { embed: 1 },
  ];
  expect(new Set(asked.map(ask)).size).toBe(asked.length);
});

test("the plan of a small graph is found anew each time", async () => {
  const asked: string[] = [];
  const hashes = {
    get: async (key: string) => {
      asked.push(key);
      return undefined;
    },
    set: async () => undefined,
  };
  const options = { device: "cpu", threads: 1, memory: 2 ** 30, batchSize: null, vocabulary: TINY.vocabulary, hashes } as const;
  await openDecoder(writeDecoder(LAYOUTS["llama with position_ids"]), options);
  expect(asked).toEqual([]);
});
