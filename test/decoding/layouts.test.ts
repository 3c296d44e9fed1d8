import { describe, expect, test } from "vitest";
import { AnswerTrie } from "../../src/decoding/answer_trie.js";
import { type DecoderEngine, openDecoder } from "../../src/decoding/engine.js";
import { findEmbeddingTable } from "../../src/onnx/embedding_table.js";
import { createRng } from "../../src/random.js";
import { LAYOUTS, TINY, writeDecoder, writeShardedDecoder } from "../support/decoder_files.js";
import { greedy, naiveGreedy, naiveScores } from "../support/naive_decoding.js";

const OPTIONS = { device: "cpu", threads: 1, memory: 2 ** 30, batchSize: null, vocabulary: TINY.vocabulary } as const;

/** Prompts of mixed lengths that start alike, some of them equal. */
function prompts(count: number): readonly Int32Array[] {
  const rng = createRng(7);
  const start = [3, 11, 5, 8];
  return Array.from({ length: count }, () =>
    Int32Array.from([...start, ...Array.from({ length: 1 + rng.int(6) }, () => rng.int(31)), 9, 2]),
  );
}

/** Each layout with its caches fetched whole and all logits given, and with what is new of caches and what is read of logits alone. */
const CASES = Object.entries(LAYOUTS).flatMap(([name, shape]) =>
  [8192, 0].map((large) => {
    const sizes = { largeCache: large, largeVocabulary: large };
    return [large === 0 ? `${name}, caches and logits in part` : name, name, shape, sizes] as const;
  }),
);

describe.each(CASES)("%s", (_title, name, shape, sizes) => {
  const open = async (path: string, batchSize: number | null): Promise<DecoderEngine> =>
    openDecoder(path, { ...OPTIONS, ...sizes, batchSize });

  // Activations quantised over a whole tensor make a pass of several tokens differ from several passes, whoever runs them.
  test.skipIf(name === "dynamic quantisation")(
    "answers and scores are those of feeding everything from the start, token by token",
    async () => {
      const path = writeDecoder(shape);
      const engine = await open(path, null);
      const asked = prompts(24);
      const naive = await naiveGreedy(path, asked, { steps: 6, endId: 4 });
      expect(new Set(naive.map((ids) => ids.join())).size).toBeGreaterThan(5);
      expect(await greedy(engine, asked, { steps: 6, endId: 4 })).toEqual(naive);

      const targets = Int32Array.from(naive[0] ?? []);
      const scores = await engine.score(asked, { targets, sharedPrefix: null });
      const wanted = await naiveScores(path, asked, targets);
      scores.forEach((row, i) => {
        row.forEach((value, t) => {
          expect(value).toBeCloseTo(wanted[i]?.[t] as number, shape === LAYOUTS["float16 caches"] ? 2 : 4);
        });
      });
      await engine.release();
    },
  );

  test("batches and shared prefixes change no answer", async () => {
    const path = writeDecoder(shape);
    const [fast, plain] = [await open(path, null), await open(path, 1)];
    const asked = prompts(24);
    expect(await greedy(fast, asked, { steps: 6, endId: 4 })).toEqual(await greedy(plain, asked, { steps: 6, endId: 4 }));
    expect(plain.can.rowsIndependent).toBe(false);
    expect(fast.can.rowsIndependent).toBe(name !== "dynamic quantisation");
    if (fast.can.rowsIndependent) expect(fast.spent.passes).toBeLessThan(plain.spent.passes / 2);
  });
});

describe.each(CASES)("%s", (_title, _name, shape, sizes) => {
  test("guesses, right and wrong ones, change no answer", async () => {
    const engine = await openDecoder(writeDecoder(shape), { ...OPTIONS, ...sizes });
    const asked = prompts(40);
    const settings = { steps: 16, endId: 4 };
    const plain = await greedy(engine, asked, settings);
    const spentOn = async (answers: AnswerTrie): Promise<typeof engine.spent> => {
      const before = { ...engine.spent };
      expect(await greedy(engine, asked, { ...settings, answers })).toEqual(plain);
      return { passes: engine.spent.passes - before.passes, tokens: engine.spent.tokens - before.tokens };
    };
    const rng = createRng(3);
    const [good, bad, empty] = [new AnswerTrie(), new AnswerTrie(), new AnswerTrie()];
    for (let copy = 0; copy < 12; copy++) {
      for (const ids of plain) {
        good.add(ids);
        bad.add(ids.map((id) => (rng.float() < 0.1 ? rng.int(31) : id)));
      }
    }
    const [right, wrong, none] = [await spentOn(good), await spentOn(bad), await spentOn(empty)];
    if (!engine.can.chunkBatch) expect([right, wrong]).toEqual([none, none]);
    // Where all lengths are stepped together, those that are guessed need passes of their own: what is saved are tokens one after the other.
    else if (engine.can.raggedSteps) expect(right.tokens).toBeGreaterThan(none.tokens);
    else {
      expect(right.passes).toBeLessThan(none.passes);
      expect(wrong.passes).not.toBe(none.passes);
    }
  });
});

test("what each graph allows is found", async () => {
  const can = async (name: keyof typeof LAYOUTS) => (await openDecoder(writeDecoder(LAYOUTS[name]), OPTIONS)).can;
  const all = {
    batch: true,
    chunkSingle: true,
    chunkBatch: true,
    stepBatch: true,
    cache: true,
    logitsToKeep: false,
    rowsIndependent: true,
    raggedPasses: true,
    raggedSteps: false,
  };
  expect(await can("llama with position_ids")).toEqual(all);
  expect(await can("logits_to_keep")).toEqual({ ...all, logitsToKeep: true });
  expect(await can("granite hybrid: state space and attention")).toEqual(all);
  expect(await can("group query attention")).toEqual(all);
  expect(await can("no cache")).toMatchObject({ cache: false, batch: true, chunkSingle: false, chunkBatch: false, stepBatch: false });
  expect(await can("dynamic quantisation")).toMatchObject({ rowsIndependent: false, batch: false });
});

test("what all prompts start with is fed once, however long it is", async () => {
  const engine = await openDecoder(writeDecoder(LAYOUTS["llama with position_ids"]), OPTIONS);
  const tokensFor = async (prefix: number): Promise<number> => {
    const start = Array.from({ length: prefix }, (_, i) => (i * 5) % 31);
    const asked = prompts(30).map((ids) => Int32Array.from([...start, ...ids]));
    const before = engine.spent.tokens;
    await engine.score(asked, { targets: Int32Array.of(1, 2, 3), sharedPrefix: prefix + 4 });
    return engine.spent.tokens - before - prefix;
  };
  const short = await tokensFor(0);
  expect([await tokensFor(50), await tokensFor(700)]).toEqual([short, short]);
});

test("embeddings may be fed in place of ids", async () => {
  const shape = { ...TINY, layers: ["conv", "attention"] } as const;
  const ids = await openDecoder(writeDecoder(shape), OPTIONS);
  const table = findEmbeddingTable(ids.onnx);
  const embeds = await openDecoder(writeDecoder({ ...shape, embeds: true }), {
    ...OPTIONS,
    embed: (wanted) => table?.rows(wanted) ?? new Float32Array(0),
  });
  const asked = prompts(12);
  expect(await greedy(embeds, asked, { steps: 4, endId: 4 })).toEqual(await greedy(ids, asked, { steps: 4, endId: 4 }));
  await expect(openDecoder(writeDecoder({ ...shape, embeds: true }), OPTIONS)).rejects.toThrow(/inputs_embeds/);
});

test("weights in data files beside the graph are found, and named where they are missing", async () => {
  const { path, shards } = writeShardedDecoder(LAYOUTS["llama with position_ids"]);
  const engine = await openDecoder(path, OPTIONS);
  expect(engine.onnx.externalFiles).toEqual(shards);
  const whole = await openDecoder(writeDecoder(LAYOUTS["llama with position_ids"]), OPTIONS);
  const asked = prompts(4);
  expect(await greedy(engine, asked, { steps: 4, endId: 4 })).toEqual(await greedy(whole, asked, { steps: 4, endId: 4 }));
});
