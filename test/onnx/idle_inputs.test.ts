import { expect, test } from "vitest";
import { openDecoder } from "../../src/decoding/engine.js";
import { idleInputs } from "../../src/onnx/idle_inputs.js";
import { readOnnxFile } from "../../src/onnx/onnx_file.js";
import { LAYOUTS, TINY, writeDecoder } from "../support/decoder_files.js";
import { greedy } from "../support/naive_decoding.js";
import { type Graph, INT64, type Node } from "../support/onnx_writer.js";

const OPTIONS = { device: "cpu", threads: 1, memory: 2 ** 30, batchSize: null, vocabulary: TINY.vocabulary } as const;
const SHAPE = LAYOUTS["llama with position_ids"];

const withInput = (nodes: readonly Node[], dims: readonly (number | string)[] = []) => {
  const change = (graph: Graph): Graph => ({
    ...graph,
    inputs: [...graph.inputs, { name: "window", type: INT64, dims }],
    nodes: [...graph.nodes, ...nodes],
    outputs: [...graph.outputs, { name: "window_out", type: INT64, dims }],
  });
  return writeDecoder(SHAPE, change);
};
const copied: readonly Node[] = [
  { op: "Identity", inputs: ["window"], outputs: ["copy"] },
  { op: "Identity", inputs: ["copy"], outputs: ["window_out"] },
];
const computed: readonly Node[] = [{ op: "Neg", inputs: ["window"], outputs: ["window_out"] }];

test("an input that is only handed on needs no role", async () => {
  const path = withInput(copied);
  expect([...idleInputs(readOnnxFile(path))]).toEqual(["window"]);
  const [engine, plain] = [await openDecoder(path, OPTIONS), await openDecoder(writeDecoder(SHAPE), OPTIONS)];
  const asked = [Int32Array.of(3, 11, 5), Int32Array.of(3, 8, 2)];
  expect(await greedy(engine, asked, { steps: 4, endId: 4 })).toEqual(await greedy(plain, asked, { steps: 4, endId: 4 }));
});

test("an input that something is computed from does", async () => {
  const path = withInput(computed);
  expect([...idleInputs(readOnnxFile(path))]).toEqual([]);
  await expect(openDecoder(path, OPTIONS)).rejects.toThrow(/the role of input `window` \(int64 \[\]\) is not known/);
  await expect(openDecoder(withInput(copied, ["any"]), OPTIONS)).rejects.toThrow(/the role of input `window`/);
});
