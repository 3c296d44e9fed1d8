import { describe, expect, onTestFinished, test, vi } from "vitest";
import { openDecoder } from "../../src/decoding/engine.js";
import { withStart } from "../../src/decoding/file_edits.js";
import { DecoderGraph } from "../../src/decoding/graph.js";
import { sharedTokens, startHolds } from "../../src/decoding/shared_start.js";
import { readOnnxFile } from "../../src/onnx/onnx_file.js";
import { startLength } from "../../src/onnx/row_cache.js";
import { openSession } from "../../src/onnx/session.js";
import { LAYOUTS, TINY, writeDecoder } from "../support/decoder_files.js";
import type { Graph } from "../support/onnx_writer.js";

/** Heads of a size that is in use: a kernel adds up 256 of their positions at a time. */
const SHAPE = { ...LAYOUTS["llama with position_ids"], heads: 4, kvHeads: 2, headDim: 64 };
const OPTIONS = { device: "cpu", threads: 1, memory: 2 ** 30, batchSize: null, vocabulary: TINY.vocabulary } as const;
const targets = Int32Array.of(7, 1, 30, 2);
const ids = (count: number, offset = 0): number[] =>
  Array.from({ length: count }, (_, i) => ((i + offset) * 7 + 3 * Math.floor(i / 5)) % 31);
/** Rows of several lengths that start with the same tokens. */
const rowsBehind = (prefix: number, count: number): readonly Int32Array[] =>
  Array.from({ length: count }, (_, i) => Int32Array.from([...ids(prefix), ...ids(3 + (i % 5), i)]));

/** Tokens that rows which are put together start with, from now on. */
function startsOfRows(): Set<number> {
  const found = new Set<number>();
  const { gather } = DecoderGraph.prototype;
  vi.spyOn(DecoderGraph.prototype, "gather").mockImplementation(function (this: DecoderGraph, rows, reserve) {
    for (const { cache } of rows) found.add(startLength(cache));
    return gather.call(this, rows, reserve);
  });
  onTestFinished(() => {
    vi.restoreAllMocks();
  });
  return found;
}

async function openGraph(path: string): Promise<DecoderGraph> {
  const file = withStart(readOnnxFile(path));
  if (file === null) throw new Error("no start can be read");
  return new DecoderGraph(await openSession(path, { device: "cpu", threads: 1 }, file.model), { updates: file.updates });
}

const OPERATOR = { ...LAYOUTS["onnxruntime-genai"], headDim: 64 };

describe("scores behind a start that all rows read", () => {
  // Behind 511 tokens, what is left after a whole part is longer than a part.
  test.each([
    [256, [256], SHAPE],
    [300, [256], SHAPE],
    [511, [0], SHAPE],
    [530, [512], SHAPE],
    [256, [256], OPERATOR],
    [530, [512], OPERATOR],
  ])("are those behind copies of it, of %i tokens, to the last bit", async (prefix, starts, shape) => {
    const path = writeDecoder(shape);
    const read = startsOfRows();
    const prompts = rowsBehind(prefix, 24);
    const [shared, plain, single] = [
      await openDecoder(path, OPTIONS),
      await openDecoder(path, { ...OPTIONS, shareStarts: false }),
      await openDecoder(path, { ...OPTIONS, batchSize: 1 }),
    ];
    expect(shared.io.starts).toBe(true);
    const asked = { targets, sharedPrefix: prefix };
    const wanted = await plain.score(prompts, asked);
    read.clear();
    expect(await shared.score(prompts, asked)).toEqual(wanted);
    expect([...read]).toEqual(starts);
    expect(await shared.score(prompts.slice(3, 12), asked)).toEqual(wanted.slice(3, 12));
    expect(await single.score(prompts, asked)).toEqual(wanted);
    expect(shared.spent.tokens).toBeLessThan(plain.spent.tokens / 10);
  });

  test("answers after them are those of before", async () => {
    const engine = await openDecoder(writeDecoder(SHAPE), OPTIONS);
    const prompts = rowsBehind(300, 12);
    const asked = { targets, sharedPrefix: 300 };
    const first = await engine.score(prompts, asked);
    // Other prefixes push the first out of those that are kept.
    for (const other of [301, 302, 303]) await engine.score(rowsBehind(other, 6), { targets, sharedPrefix: other });
    expect(await engine.score(prompts, asked)).toEqual(first);
  });
});

test("a start ends where a part ends, and leaves a part at most", async () => {
  const graph = await openGraph(writeDecoder(SHAPE));
  const can = { chunkBatch: true, rowsIndependent: true } as Parameters<typeof sharedTokens>[0]["can"];
  const tokens = (prefix: number, longest: number, count = 8): number =>
    sharedTokens({ graph, can }, prefix, { count, longest: new Int32Array(longest) });
  expect([tokens(255, 270), tokens(256, 270), tokens(600, 640), tokens(600, 768), tokens(600, 769)]).toEqual([0, 256, 512, 512, 0]);
  expect(tokens(600, 640, 3)).toBe(0);
  expect(sharedTokens({ graph, can }, 600, null)).toBe(0);
  expect(sharedTokens({ graph, can: { ...can, chunkBatch: false } }, 600, { count: 8, longest: new Int32Array(640) })).toBe(0);
  await graph.release();
});

/** Attention that sees the last 200 positions. */
function windowed(graph: Graph): Graph {
  const causal = graph.nodes.filter(({ op }) => op === "LessOrEqual");
  return {
    ...graph,
    nodes: graph.nodes.flatMap((node) => {
      if (!causal.includes(node)) return [node];
      const [columns = "", rows = ""] = node.inputs;
      const [out = ""] = node.outputs;
      return [
        { ...node, outputs: [`${out}.causal`] },
        { op: "Sub", inputs: [rows, "window"], outputs: [`${out}.first`] },
        { op: "Less", inputs: [`${out}.first`, columns], outputs: [`${out}.near`] },
        { op: "And", inputs: [`${out}.causal`, `${out}.near`], outputs: [out] },
      ];
    }),
    weights: [...graph.weights, { name: "window", type: 7, dims: [1], data: new Uint8Array(BigInt64Array.of(200n).buffer) }],
  };
}

test("attention with a window shows that its start cannot be shared, and keeps its numbers", async () => {
  const read = startsOfRows();
  for (const [change, holds] of [
    [undefined, true],
    [windowed, false],
  ] as const) {
    const path = writeDecoder(SHAPE, change);
    const graph = await openGraph(path);
    const { cache } = await graph.run({ ids: Int32Array.from(ids(300)), cache: graph.empty(1), keep: 0 });
    const shared = graph.share(cache, 256);
    expect([startLength(shared), shared.length]).toEqual([256, 300]);
    expect(await startHolds(graph, cache, shared, { count: 8, longest: Int32Array.from(ids(310)) })).toBe(holds);
    await graph.release();
    const prompts = rowsBehind(300, 12);
    const asked = { targets, sharedPrefix: 300 };
    const plain = await openDecoder(path, { ...OPTIONS, shareStarts: false });
    const engine = await openDecoder(path, OPTIONS);
    read.clear();
    const scores = await engine.score(prompts, asked);
    expect([...read]).toEqual([holds ? 256 : 0]);
    expect(scores).toEqual(await plain.score(prompts, asked));
  }
});
