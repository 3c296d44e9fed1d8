import { expect, test } from "vitest";
import { readAttention } from "../../src/decoding/attention_nodes.js";
import { cacheUpdates } from "../../src/decoding/cache_updates.js";
import { pickedHead } from "../../src/decoding/head_edit.js";
import { readOnnxFile } from "../../src/onnx/onnx_file.js";
import { LAYOUTS, writeDecoder } from "../support/decoder_files.js";
import { FLOAT, type Graph } from "../support/onnx_writer.js";

const LLAMA = LAYOUTS["llama with position_ids"];

function read(shape: Parameters<typeof writeDecoder>[0], change?: (graph: Graph) => Graph) {
  const onnx = readOnnxFile(writeDecoder(shape, change));
  return readAttention(onnx, cacheUpdates(onnx));
}

test("attention is read layer by layer, from its caches to what comes of them", () => {
  const layers = read({ ...LLAMA, kvHeads: 1 });
  expect(layers?.map(({ pastKey, pastValue }) => [pastKey, pastValue])).toEqual([
    ["past_key_values.0.key", "past_key_values.0.value"],
    ["past_key_values.1.key", "past_key_values.1.value"],
  ]);
  for (const { product, scored, weighted, mixed, queryScales, keyScales } of layers ?? []) {
    expect([product.op, mixed.op]).toEqual(["MatMul", "MatMul"]);
    expect(scored.map(({ op }) => op)).toEqual(["Mul"]);
    expect(weighted.map(({ op }) => op)).toEqual(["Softmax"]);
    expect([queryScales, keyScales]).toEqual([[], []]);
  }
});

test("what queries and keys are multiplied with is told apart from them", () => {
  /** Scales before the product in place of one behind it. */
  const before = (graph: Graph): Graph => {
    const softmaxes = graph.nodes.filter(({ op }) => op === "Softmax").map(({ inputs }) => inputs[0]);
    const masks = graph.nodes.filter(({ outputs }) => softmaxes.includes(outputs[0]));
    const scales = graph.nodes.filter(({ outputs }) => masks.some(({ inputs }) => inputs[1] === outputs[0]));
    return {
      ...graph,
      nodes: graph.nodes.flatMap((node) => {
        if (scales.includes(node)) return [];
        const mask = scales.find(({ outputs }) => node.inputs[1] === outputs[0] && masks.includes(node));
        if (mask !== undefined) return [{ ...node, inputs: node.inputs.map((input, at) => (at === 1 ? (mask.inputs[0] ?? "") : input)) }];
        const scale = scales.find(({ inputs }) => inputs[0] === node.outputs[0]);
        if (scale === undefined) return [node];
        const [query = "", keys = ""] = node.inputs;
        const by = scale.inputs[1] ?? "";
        return [
          { op: "Mul", inputs: [query, by], outputs: [`${query}.scaled`] },
          { op: "Div", inputs: [keys, by], outputs: [`${keys}.scaled`] },
          { ...node, inputs: [`${query}.scaled`, `${keys}.scaled`] },
        ];
      }),
    };
  };
  const layers = read(LLAMA, before);
  expect(layers?.map(({ queryScales, keyScales, scored }) => [...queryScales, ...keyScales, ...scored].map(({ op }) => op))).toEqual([
    ["Mul", "Div"],
    ["Mul", "Div"],
  ]);
});

test("attention that is read in another way, or by somebody else as well, is not understood", () => {
  expect(read(LAYOUTS["group query attention"])).toBeNull();
  expect(read(LAYOUTS["float16 caches"])).toBeNull();
  const watched = (graph: Graph): Graph => {
    const weights = graph.nodes.find(({ op }) => op === "Softmax")?.outputs[0] ?? "";
    return { ...graph, nodes: [...graph.nodes, { op: "Sigmoid", inputs: [weights], outputs: ["watched"] }] };
  };
  expect(read(LLAMA, watched)).toBeNull();
  expect(read(LLAMA)).toHaveLength(2);
});

test("graphs that go round are not understood, and end", () => {
  /** A node's input is made of itself. */
  const round =
    (op: string, at: number, of: (graph: Graph) => string) =>
    (graph: Graph): Graph => ({
      ...graph,
      nodes: [
        ...graph.nodes.map((node) =>
          node.outputs[0] === of(graph) ? { ...node, inputs: node.inputs.map((input, i) => (i === at ? "round" : input)) } : node,
        ),
        { op, inputs: ["round", "half"], outputs: ["round"] },
      ],
      weights: [...graph.weights, { name: "half", type: FLOAT, dims: [], data: new Uint8Array(Float32Array.of(0.5).buffer) }],
    });
  const made = (graph: Graph, output: string) => graph.nodes.find(({ outputs }) => outputs[0] === output);
  const masked = (graph: Graph): string => graph.nodes.find(({ op }) => op === "Softmax")?.inputs[0] ?? "";
  const product = (graph: Graph): string => made(graph, made(graph, masked(graph))?.inputs[1] ?? "")?.inputs[0] ?? "";
  expect(read(LLAMA, round("Mul", 1, masked))).toBeNull();
  for (const op of ["Mul", "Reshape"]) expect(read(LLAMA, round(op, 1, product))).toBeNull();
  const head = readOnnxFile(
    writeDecoder(
      LLAMA,
      round("Mul", 0, () => "logits"),
    ),
  );
  expect(pickedHead(head, "logits", 0)).toBeNull();
});
