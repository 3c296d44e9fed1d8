import { describe, expect, test } from "vitest";
import { AnswerTrie } from "../../src/decoding/answer_trie.js";
import { type DecoderEngine, openDecoder } from "../../src/decoding/engine.js";
import type { Step, StepPolicy } from "../../src/decoding/step_policy.js";
import { TextPolicy } from "../../src/decoding/text_policy.js";
import { createRng } from "../../src/random.js";
import { LAYOUTS, TINY, writeDecoder } from "../support/decoder_files.js";
import { greedy } from "../support/naive_decoding.js";
import { FLOAT, type Graph, INT64 } from "../support/onnx_writer.js";

const OPTIONS = {
  device: "cpu",
  threads: 1,
  memory: 2 ** 30,
  batchSize: null,
  vocabulary: TINY.vocabulary,
  largeCache: 0,
  largeVocabulary: 0,
} as const;
const STEPS = 12;

/** Prompts of 3 to 60 tokens after a start that they share: some of each length, none the longest of all. */
const prompts = (count: number): readonly Int32Array[] => {
  const rng = createRng("ragged");
  return Array.from({ length: count }, () =>
    Int32Array.from([3, 11, 5, ...Array.from({ length: rng.int(4) === 0 ? rng.int(58) : rng.int(9) }, () => rng.int(31)), 9]),
  );
};

/** Every number that the policy is asked about, by request. */
class Recorded implements StepPolicy {
  readonly seen = new Map<number, number[]>();

  constructor(private readonly policy: TextPolicy) {}

  advance(step: Step): Int32Array {
    step.requests.forEach((request, i) => {
      const at = (step.vectors[i] ?? 0) * step.vocabulary;
      this.seen.set(request, [...(this.seen.get(request) ?? []), ...step.logits.subarray(at, at + step.vocabulary)]);
    });
    return this.policy.advance(step);
  }
}

async function recorded(engine: DecoderEngine, asked: readonly Int32Array[]): Promise<readonly (readonly number[])[]> {
  const policy = new Recorded(
    new TextPolicy({
      sampling: { temperature: 0, topK: 1 },
      endIds: new Set([4]),
      maxNewTokens: STEPS,
      rng: () => createRng(0),
      answers: null,
    }),
  );
  await engine.decode(asked, { policy, maxSteps: STEPS, sharedPrefix: 3 });
  return asked.map((_, i) => policy.seen.get(i) ?? []);
}

const LAYOUT = LAYOUTS["llama with position_ids"];

describe("rows of different lengths", () => {
  test("have the very bits that they have alone, however many of them there are", async () => {
    const path = writeDecoder(LAYOUT);
    const asked = prompts(40);
    const engine = await openDecoder(path, OPTIONS);
    expect(engine.can).toMatchObject({ raggedPasses: true, raggedSteps: true });
    expect(engine.plan).toMatch(/^batches of any lengths, /);
    const wanted = await recorded(engine, asked);
    for (const batchSize of [2, 3, 7]) expect(await recorded(await openDecoder(path, { ...OPTIONS, batchSize }), asked)).toEqual(wanted);
    for (const i of [0, 7, 20]) expect(await recorded(engine, asked.slice(i, i + 1))).toEqual(wanted.slice(i, i + 1));
  });

  // With 48 tokens the graph takes scores itself, with 31 it does not.
  test.each([TINY.vocabulary, 48])("are scored to the same bits in any batch, of %i tokens", async (vocabulary) => {
    const path = writeDecoder({ ...LAYOUT, vocabulary });
    const asked = prompts(40);
    const engine = await openDecoder(path, OPTIONS);
    expect(engine.io.picked).toEqual({ scores: vocabulary === 48 });
    for (const targets of [Int32Array.of(7), Int32Array.of(7, 1, 30, 2)]) {
      const scored = async (some: readonly Int32Array[], batchSize: number | null = null) =>
        await (batchSize === null ? engine : await openDecoder(path, { ...OPTIONS, batchSize })).score(some, { targets, sharedPrefix: 3 });
      const wanted = await scored(asked);
      for (const batchSize of [2, 5]) expect(await scored(asked, batchSize)).toEqual(wanted);
      for (const i of [1, 8, 33]) expect(await scored(asked.slice(i, i + 1))).toEqual(wanted.slice(i, i + 1));
    }
  });

  test("share passes: fewer than there are lengths and steps", async () => {
    const engine = await openDecoder(writeDecoder(LAYOUT), OPTIONS);
    const asked = prompts(40);
    await greedy(engine, asked, { steps: STEPS, endId: 31 });
    // All are stepped together, after the passes that feed their prompts.
    expect(engine.spent.passes).toBeLessThan(2 * STEPS + 8);
    expect(new Set(asked.map(({ length }) => length)).size * STEPS).toBeGreaterThan(100);
  });

  test("are answered alike with guesses, which those of one length are fed", async () => {
    const engine = await openDecoder(writeDecoder(LAYOUT), OPTIONS);
    const asked = prompts(40);
    const settings = { steps: STEPS, endId: 4 };
    const plain = await greedy(engine, asked, settings);
    const answers = new AnswerTrie();
    for (let copy = 0; copy < 12; copy++) for (const ids of plain) answers.add(ids);
    const before = engine.spent.tokens;
    expect(await greedy(engine, asked, { ...settings, answers })).toEqual(plain);
    const guessed = engine.spent.tokens - before;
    expect(await greedy(engine, asked, settings)).toEqual(plain);
    expect(guessed).toBeGreaterThan(engine.spent.tokens - before - guessed);
  });
});

/** The same graph, but logits depend in their last digits on how wide a pass is. */
function widthMatters(graph: Graph): Graph {
  const rename = (name: string): string => (name === "logits" ? "plain_logits" : name);
  const scalar = (name: string, type: number, data: Uint8Array) => ({ name, type, dims: [], data });
  return {
    ...graph,
    nodes: [
      ...graph.nodes.map((node) => ({ ...node, inputs: node.inputs.map(rename), outputs: node.outputs.map(rename) })),
      { op: "Shape", inputs: ["input_ids"], outputs: ["fed_shape"] },
      { op: "Gather", inputs: ["fed_shape", "axis_of_tokens"], outputs: ["fed"] },
      { op: "Cast", inputs: ["fed"], outputs: ["fed_float"], attributes: { to: FLOAT } },
      { op: "Mul", inputs: ["fed_float", "a_little"], outputs: ["shift"] },
      { op: "Add", inputs: ["plain_logits", "shift"], outputs: ["logits"] },
    ],
    weights: [
      ...graph.weights,
      scalar("axis_of_tokens", INT64, new Uint8Array(BigInt64Array.of(1n).buffer)),
      scalar("a_little", FLOAT, new Uint8Array(Float32Array.of(1e-6).buffer)),
    ],
  };
}

test("where padding changes a bit, rows of one length share passes", async () => {
  const engine = await openDecoder(writeDecoder(LAYOUT, widthMatters), OPTIONS);
  expect(engine.can).toMatchObject({ batch: true, raggedPasses: false, raggedSteps: false });
  expect(engine.plan).toMatch(/^batches of equal length, /);
});

test("answers of different lengths are stepped together only where caches have room and nothing else is remembered", async () => {
  const can = async (name: keyof typeof LAYOUTS) => (await openDecoder(writeDecoder(LAYOUTS[name]), OPTIONS)).can.raggedSteps;
  expect(await can("logits_to_keep")).toBe(true);
  expect(await can("float16 caches")).toBe(false);
  expect(await can("lfm2: convolution and attention")).toBe(false);
  expect(await can("granite hybrid: state space and attention")).toBe(false);
  expect(await can("group query attention")).toBe(false);
  expect(await can("no cache")).toBe(false);
});
