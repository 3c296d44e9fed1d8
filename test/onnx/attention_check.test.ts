import { describe, expect, test } from "vitest";
import { openDecoder } from "../../src/decoding/engine.js";
import { withPlainAttention } from "../../src/decoding/file_edits.js";
import { writesOut } from "../../src/onnx/attention_check.js";
import type { GroupQuery } from "../../src/onnx/group_query.js";
import { readOnnxFile } from "../../src/onnx/onnx_file.js";
import { TINY, writeDecoder } from "../support/decoder_files.js";

const OPTIONS = { device: "cpu", threads: 1, memory: 2 ** 30, batchSize: null, vocabulary: TINY.vocabulary } as const;

const PLAIN: GroupQuery = {
  bytes: { start: 0, end: 0 },
  inputs: ["q", "k", "v", "pk", "pv", "lengths", "total", "cos", "sin"],
  outputs: ["o", "ck", "cv"],
  heads: 6,
  kvHeads: 2,
  scale: 0,
  softcap: 0,
  window: -1,
  rotary: "halves",
  epsilon: 1e-6,
  special: false,
};
const DIMS = { half: false, headDim: 32, rotated: 32 } as const;

describe("the operator and its plain writing agree", () => {
  test.each([
    ["grouped heads", PLAIN, DIMS],
    ["a head for each", { ...PLAIN, kvHeads: 6 }, DIMS],
    ["one kv head", { ...PLAIN, kvHeads: 1 }, DIMS],
    ["no rotation", { ...PLAIN, rotary: "none" }, DIMS],
    ["interleaved rotation", { ...PLAIN, rotary: "interleaved" }, DIMS],
    ["partial rotation", PLAIN, { ...DIMS, rotated: 16 }],
    ["a scale of its own", { ...PLAIN, scale: 0.3 }, DIMS],
    ["scores that are capped", { ...PLAIN, softcap: 2 }, DIMS],
    ["a window", { ...PLAIN, window: 5 }, DIMS],
    ["a window of one", { ...PLAIN, window: 1 }, DIMS],
    ["queries, keys and values side by side", { ...PLAIN, inputs: ["qkv", "", "", "pk", "pv", "lengths", "total", "cos", "sin"] }, DIMS],
    ["float16", PLAIN, { ...DIMS, half: true }],
  ] as const)("%s", async (_title, attention, dims) => {
    expect(await writesOut(attention, dims)).toBe(true);
  });
});

test("norms that the CPU's operator refuses to have inside are those of a graph that has them before it", async () => {
  const shape = { ...TINY, layers: ["gqa", "gqa"], heads: 4, kvHeads: 2, seed: 3 } as const;
  const scores = async (norms: "inside" | "outside"): Promise<readonly number[]> => {
    const engine = await openDecoder(writeDecoder({ ...shape, norms }), OPTIONS);
    const prompts = [Int32Array.of(3, 11, 5, 8), Int32Array.of(3, 11, 9, 2, 7)];
    const got = await engine.score(prompts, { targets: Int32Array.of(4, 9, 1), sharedPrefix: 2 });
    await engine.release();
    return got.flatMap((row) => [...row]);
  };
  const outside = await scores("outside");
  (await scores("inside")).forEach((value, i) => {
    expect(value).toBeCloseTo(outside[i] as number, 5);
  });
});

test("what only the operator knows what to do with stays with it", async () => {
  const path = writeDecoder({ ...TINY, layers: ["gqa"] }, (graph) => ({
    ...graph,
    nodes: graph.nodes.map((node) =>
      node.op === "GroupQueryAttention" ? { ...node, attributes: { ...node.attributes, smooth_softmax: 1 } } : node,
    ),
  }));
  expect(await withPlainAttention(readOnnxFile(path), null)).toBeNull();
  const engine = await openDecoder(path, OPTIONS);
  expect(engine.plan).toContain("shared prefix, then row by row");
  await engine.release();
});
