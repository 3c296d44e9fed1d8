import { expect, test } from "vitest";
import { cacheUpdates } from "../../src/decoding/cache_updates.js";
import { positionsAddedUp, startEdit } from "../../src/decoding/start_edit.js";
import { readOnnxFile } from "../../src/onnx/onnx_file.js";
import { LAYOUTS, writeDecoder } from "../support/decoder_files.js";
import type { Graph } from "../support/onnx_writer.js";

test("wide products are added up in shorter parts than narrow ones", () => {
  expect([8, 16, 32, 64, 80, 96, 128, 256].map(positionsAddedUp)).toEqual([1024, 1024, 512, 256, 128, 128, 128, 128]);
});

test("a start stands beside each cache, of as many heads and numbers", () => {
  const onnx = readOnnxFile(writeDecoder({ ...LAYOUTS["llama with position_ids"], kvHeads: 1 }));
  const edit = startEdit(onnx, cacheUpdates(onnx));
  expect(edit?.additions.inputs?.map(({ name, dims }) => [name, dims])).toEqual(
    ["0.key", "0.value", "1.key", "1.value"].map((cache) => [`mllm_shap.start.past_key_values.${cache}`, [1, 1, "start", 8]]),
  );
});

test("a graph without such attention is left as it is", () => {
  const onnx = readOnnxFile(writeDecoder(LAYOUTS["lfm2: convolution and attention"]));
  expect(startEdit(onnx, new Map())).toBeNull();
  const open = (graph: Graph): Graph => ({
    ...graph,
    inputs: graph.inputs.map((input) =>
      input.name.startsWith("past") ? { ...input, dims: ["batch_size", "heads", "past", "size"] } : input,
    ),
  });
  const untold = readOnnxFile(writeDecoder(LAYOUTS["llama with position_ids"], open));
  expect(startEdit(untold, cacheUpdates(untold))).toBeNull();
  const gqa = readOnnxFile(writeDecoder(LAYOUTS["onnxruntime-genai"]));
  expect(startEdit(gqa, cacheUpdates(gqa))).toBeNull();
});
