import { describe, expect, test } from "vitest";
import { type DecoderEngine, type EngineOptions, openDecoder } from "../../src/decoding/engine.js";
import { pickedHead } from "../../src/decoding/head_edit.js";
import { readOnnxFile } from "../../src/onnx/onnx_file.js";
import { LAYOUTS, writeDecoder } from "../support/decoder_files.js";
import { greedy } from "../support/naive_decoding.js";
import { FLOAT, type Graph, INT64, type Node } from "../support/onnx_writer.js";

/** A vocabulary of parts that are added up alike wherever they stand; that of the tiny layouts is not. */
const VOCABULARY = 48;
const OPTIONS = { device: "cpu", threads: 1, memory: 2 ** 30, batchSize: null, vocabulary: VOCABULARY, largeCache: 0 } as const;
const LLAMA = { ...LAYOUTS["llama with position_ids"], vocabulary: VOCABULARY };
const WHOLE = ["merged with use_cache_branch", "dynamic quantisation"];
const targets = Int32Array.of(7, 1, 30, 2);
const prompts = Array.from({ length: 12 }, (_, i) =>
  Int32Array.of(3, 11, 5, ...Array.from({ length: i % 4 }, () => (i * 7) % 31), (i * 5) % 31),
);

async function open(path: string, more: Partial<EngineOptions>): Promise<DecoderEngine> {
  return await openDecoder(path, { ...OPTIONS, ...more });
}

function expectClose(got: readonly Float64Array[], want: readonly Float64Array[]): void {
  expect(got.map(({ length }) => length)).toEqual(want.map(({ length }) => length));
  for (const [i, scores] of got.entries()) {
    for (const [t, score] of scores.entries()) expect(score).toBeCloseTo(want[i]?.[t] as number, 5);
  }
}

describe.each(Object.entries(LAYOUTS).filter(([name]) => !WHOLE.includes(name)))("%s", (_name, shape) => {
  const path = (): string => writeDecoder({ ...shape, vocabulary: VOCABULARY });

  test("answers and scores are those of all logits", async () => {
    const file = path();
    const [picked, whole] = [await open(file, { largeVocabulary: 0 }), await open(file, {})];
    expect([picked.io.picked, whole.io.picked]).toEqual([{ scores: true }, null]);
    expect(picked.plan).toMatch(/only the logits that are read/);
    const settings = { steps: 6, endId: 4 };
    expect(await greedy(picked, prompts, settings)).toEqual(await greedy(whole, prompts, settings));
    const asked = { targets, sharedPrefix: 3 };
    const [inside, outside] = [await picked.score(prompts, asked), await whole.score(prompts, asked)];
    expectClose(inside, outside);
    expect(inside).not.toEqual(outside);
  });
});

test("logits are moved out of the runtime where they are asked for, and nothing of them else", async () => {
  const engine = await open(writeDecoder(LLAMA), { largeVocabulary: 0 });
  const sizes: number[] = [];
  const visit = ({ logits }: { readonly logits: Float32Array }): void => void sizes.push(logits.length);
  const continuation = targets.subarray(0, 3);
  await engine.force(prompts.slice(0, 1), { continuation, sharedPrefix: null, visit });
  await engine.force(prompts.slice(0, 1), { continuation, targets, sharedPrefix: null, visit });
  expect(sizes).toEqual([4 * VOCABULARY, 0]);
});

test("a small vocabulary is left as it is", async () => {
  const path = writeDecoder(LLAMA);
  expect((await open(path, { largeVocabulary: VOCABULARY })).io.picked).toEqual({ scores: true });
  expect((await open(path, { largeVocabulary: VOCABULARY + 1 })).io.picked).toBeNull();
});

test("without parts that are added up alike, logits are picked and scored outside", async () => {
  const engine = await open(writeDecoder({ ...LLAMA, vocabulary: 50 }), { largeVocabulary: 0 });
  expect(engine.io.picked).toEqual({ scores: false });
});

/** The graph with nodes behind its logits, which are called something else. */
const behind =
  (...nodes: readonly Node[]) =>
  (graph: Graph): Graph => ({
    ...graph,
    nodes: [...graph.nodes.map((node) => (node.outputs.includes("logits") ? { ...node, outputs: ["raw"] } : node)), ...nodes],
    weights: [...graph.weights, { name: "two", type: FLOAT, dims: [], data: new Uint8Array(Float32Array.of(2).buffer) }],
  });

const SOFTCAP = behind(
  { op: "Div", inputs: ["raw", "two"], outputs: ["small"] },
  { op: "Tanh", inputs: ["small"], outputs: ["bent"] },
  { op: "Mul", inputs: ["bent", "two"], outputs: ["logits"] },
);

test("logits that are bent behind the product are picked before it", async () => {
  const path = writeDecoder(LLAMA, SOFTCAP);
  const [picked, whole] = [await open(path, { largeVocabulary: 0 }), await open(path, {})];
  expect(picked.io.picked).toEqual({ scores: true });
  const asked = { targets, sharedPrefix: 3 };
  const [inside, outside] = [await picked.score(prompts, asked), await whole.score(prompts, asked)];
  expectClose(inside, outside);
});

test.each([
  ["positions are mixed behind the product", behind({ op: "Softmax", inputs: ["raw"], outputs: ["logits"], attributes: { axis: 1 } })],
  ["two things that are computed are added up", behind({ op: "Add", inputs: ["raw", "raw"], outputs: ["logits"] })],
  [
    "something reads the logits",
    (graph: Graph): Graph => ({ ...graph, nodes: [...graph.nodes, { op: "Identity", inputs: ["logits"], outputs: ["copy"] }] }),
  ],
])("a graph is left as it is where %s", (_why, change) => {
  expect(pickedHead(readOnnxFile(writeDecoder(LLAMA, change)), "logits", 0)).toBeNull();
  expect(pickedHead(readOnnxFile(writeDecoder(LLAMA)), "logits", 0)).not.toBeNull();
});

/** Logits of the last position only: others cannot be picked. */
function lastOnly(graph: Graph): Graph {
  const [raw] = graph.nodes.find(({ outputs }) => outputs.includes("logits"))?.inputs ?? [];
  const head = graph.nodes.find(({ outputs }) => outputs[0] === raw);
  const ends: readonly (readonly [string, number])[] = [
    ["from", -1],
    ["to", 2 ** 31],
    ["axis", 1],
  ];
  const slice: Node = { op: "Slice", inputs: [head?.inputs[0] ?? "", ...ends.map(([name]) => name)], outputs: ["last"] };
  return {
    ...graph,
    nodes: graph.nodes.flatMap((node) => (node === head ? [slice, { ...node, inputs: ["last", ...node.inputs.slice(1)] }] : [node])),
    weights: [
      ...graph.weights,
      ...ends.map(([name, value]) => ({ name, type: INT64, dims: [1], data: new Uint8Array(BigInt64Array.of(BigInt(value)).buffer) })),
    ],
  };
}

test("a change that does not hold is not made", async () => {
  const path = writeDecoder(LLAMA, lastOnly);
  expect(pickedHead(readOnnxFile(path), "logits", 0)).not.toBeNull();
  await expect(open(path, { largeVocabulary: 0 })).rejects.toThrow(/gave logits of 1 positions where 3 were asked for$/);
});
