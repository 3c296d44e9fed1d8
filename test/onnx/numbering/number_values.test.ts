import { fileURLToPath } from "node:url";
import { Tensor } from "onnxruntime-node";
import { expect, test } from "vitest";
import { cacheUpdates } from "../../../src/decoding/cache_updates.js";
import { inputDims } from "../../../src/decoding/input_dims.js";
import { type EditedModel, editedModel } from "../../../src/onnx/graph_edit.js";
import { type Dim, plus, symbol } from "../../../src/onnx/numbering/dims.js";
import { holdModel } from "../../../src/onnx/numbering/nodes.js";
import { withoutRepeats } from "../../../src/onnx/numbering/number_values.js";
import { encodeModel, integerWeight, message, type NewNode, type NewValue, nodeField, text } from "../../../src/onnx/onnx_encode.js";
import { readOnnxFile } from "../../../src/onnx/onnx_file.js";
import { createSession } from "../../../src/onnx/runtime.js";
import { createRng } from "../../../src/random.js";
import { LAYOUTS, writeDecoder } from "../../support/decoder_files.js";
import { FLOAT, INT64 } from "../../support/onnx_writer.js";

const OPSETS = { "": 17 };
const [B, S, P] = [symbol("pb"), symbol("ps"), symbol("np")];
const WEIGHTS = [integerWeight("v0", [0]), integerWeight("zero too", [0]), integerWeight("v2", [2])];

/** What is left of nodes with outputs `y` and `z`. */
function left(nodes: readonly NewNode[], dims: Readonly<Record<string, readonly Dim[]>>): readonly string[] {
  const value = (name: string): NewValue => ({ name, type: null, dims: [] });
  const model = encodeModel({ nodes, weights: WEIGHTS, inputs: Object.keys(dims).map(value), outputs: ["y", "z"].map(value) }, OPSETS);
  const found = withoutRepeats(model, new Map(Object.entries(dims)));
  return holdModel(Buffer.from(found)).nodes.map(({ op, inputs, outputs }) => `${op} ${inputs.join()} ${outputs.join()}`);
}

const node = (op: string, inputs: readonly string[], output: string, attributes: NewNode["attributes"] = {}): NewNode => ({
  op,
  inputs,
  outputs: [output],
  attributes,
});

/** Split by the sizes of the tensor itself, as exporters write each layer. */
const layer = (x: string, name: string, out: string): readonly NewNode[] => [
  node("Shape", [x], `${name}.shape`),
  node("Gather", [`${name}.shape`, "v0"], `${name}.rows`),
  node("Concat", [`${name}.rows`, "v2", "v2"], `${name}.to`, { axis: 0 }),
  node("Reshape", [x, `${name}.to`], out),
];

test("the same sizes of tensors of the same sizes are worked out once", () => {
  const nodes = [...layer("a", "one", "y"), ...layer("b", "two", "z")];
  const same = { a: [B, 4], b: [B, 4] };
  expect(left(nodes, same)).toEqual([
    "Shape a one.shape",
    "Gather one.shape,v0 one.rows",
    "Concat one.rows,v2,v2 one.to",
    "Reshape a,one.to y",
    "Reshape b,one.to z",
  ]);
  // Sizes that are not told to be equal may differ.
  expect(left(nodes, { a: [B, 4], b: [S, 4] })).toHaveLength(8);
  expect(left(nodes, { a: [B, 4], b: [] })).toHaveLength(8);
});

test("sums in another order are the same sum", () => {
  const total = (name: string, first: string, second: string, out: string): readonly NewNode[] => [
    node("Shape", [first], `${name}.1`, { start: 1, end: 2 }),
    node("Shape", [second], `${name}.2`, { start: 1, end: 2 }),
    node("Add", [`${name}.1`, `${name}.2`], `${name}.sum`),
    node("Expand", ["row", `${name}.sum`], out),
  ];
  const dims = { past: [B, P], fed: [B, S], all: [B, plus(P, S)], row: [1] };
  expect(left([...total("a", "past", "fed", "y"), ...total("b", "fed", "past", "z")], dims)).toContain("Expand row,a.sum z");
  const whole = [node("Shape", ["all"], "whole", { start: 1, end: 2 }), node("Neg", ["whole"], "z")];
  expect(left([...total("a", "past", "fed", "y"), ...whole], dims)).toContain("Neg a.sum z");
});

test("numbers are not sizes: what the same is done to is the same, and nothing else", () => {
  const twice = [
    node("Sigmoid", ["a"], "once"),
    node("Sigmoid", ["a"], "again"),
    node("Neg", ["once"], "y"),
    node("Neg", ["again"], "m"),
    node("Abs", ["m"], "z"),
  ];
  expect(left(twice, { a: [B] })).toEqual(["Sigmoid a once", "Neg once y", "Abs y z"]);
  const unlike = [node("Sigmoid", ["a"], "y"), node("Sigmoid", ["b"], "m"), node("Neg", ["m"], "z")];
  expect(left(unlike, { a: [B], b: [B] })).toHaveLength(3);
  const turned = [
    node("Transpose", ["a"], "y", { perm: [1, 0] }),
    node("Transpose", ["a"], "m", { perm: [0, 1] }),
    node("Neg", ["m"], "z"),
  ];
  expect(left(turned, { a: [B, S] })).toHaveLength(3);
  // Of the same numbers under two names, either will do.
  const read = [node("Gather", ["a", "v0"], "y"), node("Gather", ["a", "zero too"], "m"), node("Neg", ["m"], "z")];
  expect(left(read, { a: [B] })).toEqual(["Gather a,v0 y", "Neg y z"]);
});

test("parts are not those of another number of parts", () => {
  const parts = (name: string, count: number): NewNode => ({
    op: "Split",
    inputs: ["a"],
    outputs: Array.from({ length: count }, (_, i) => `${name}${i}`),
    attributes: { axis: 0 },
  });
  const read = [node("Neg", ["m0"], "y"), node("Abs", ["n0"], "z")];
  expect(left([parts("m", 2), parts("n", 3), ...read], { a: [12] })).toHaveLength(4);
  expect(left([parts("m", 2), parts("n", 2), ...read], { a: [12] })).toEqual(["Split a m0,m1", "Neg m0 y", "Abs m0 z"]);
});

test("dice are thrown anew", () => {
  const dice = [node("RandomNormalLike", ["a"], "y"), node("RandomNormalLike", ["a"], "m"), node("Neg", ["m"], "z")];
  expect(left(dice, { a: [B] })).toHaveLength(3);
});

test("an output keeps its name, and so does what a branch reads", () => {
  const outputs = [node("Sigmoid", ["a"], "y"), node("Sigmoid", ["a"], "z")];
  expect(left(outputs, { a: [B] })).toEqual(["Sigmoid a y", "Sigmoid a z"]);
  const branch = (name: string, read: string) => ({
    graph: { name, nodes: [nodeField(node("Neg", [read], `${name}.out`))], output: `${name}.out` },
  });
  const branched = [
    node("Shape", ["a"], "one"),
    node("Shape", ["a"], "two"),
    node("Neg", ["one"], "y"),
    { op: "If", inputs: ["so"], outputs: ["z"], attributes: { then_branch: branch("then", "two"), else_branch: branch("else", "one") } },
  ];
  expect(left(branched, { a: [B], so: [] })).toEqual(["Shape a one", "Shape a two", "Neg one y", "If so z"]);
});

test("sizes go through branches that agree on them", () => {
  const branch = (name: string, op: string, read: string) => ({
    graph: { name, nodes: [nodeField(node(op, [read], `${name}.out`))], output: `${name}.out` },
  });
  const chosen = (read: string): readonly NewNode[] => [
    {
      op: "If",
      inputs: ["so"],
      outputs: ["chosen"],
      attributes: { then_branch: branch("then", "Neg", "a"), else_branch: branch("else", "Abs", read) },
    },
    node("Shape", ["chosen"], "one"),
    node("Shape", ["a"], "two"),
    node("Neg", ["one"], "y"),
    node("Abs", ["two"], "z"),
  ];
  expect(left(chosen("a"), { a: [B, S], b: [S, B], so: [] })).toContain("Abs one z");
  expect(left(chosen("b"), { a: [B, S], b: [S, B], so: [] })).toContain("Abs two z");
});

test("what nobody reads goes, and a graph that has nothing to spare stays as it is", () => {
  const spare = [node("Neg", ["a"], "y"), node("Abs", ["a"], "z"), node("Sigmoid", ["a"], "unread")];
  expect(left(spare, { a: [B] })).toEqual(["Neg a y", "Abs a z"]);
  const model = encodeModel({ nodes: spare.slice(0, 2), outputs: ["y", "z"].map((name) => ({ name, type: null, dims: [] })) }, OPSETS);
  expect(withoutRepeats(model, new Map())).toBe(model);
  const round = encodeModel({ nodes: [node("Neg", ["z"], "y"), node("Neg", ["y"], "z")] }, OPSETS);
  expect(withoutRepeats(round, new Map())).toBe(round);
});

test("a graph that stands in parts is one", () => {
  const part = (nodes: readonly NewNode[]): Uint8Array => message(7, Buffer.concat(nodes.map(nodeField)));
  const outputs = message(7, Buffer.concat(["y", "z"].map((name) => message(12, text(1, name)))));
  const model = Buffer.concat([
    part([node("Sigmoid", ["a"], "once"), node("Neg", ["once"], "y")]),
    outputs,
    part([node("Sigmoid", ["a"], "again"), node("Abs", ["again"], "z")]),
  ]);
  const { nodes, graphs } = holdModel(Buffer.from(withoutRepeats(model, new Map())));
  expect(nodes.map(({ op, inputs }) => [op, inputs.join()])).toEqual([
    ["Sigmoid", "a"],
    ["Neg", "once"],
    ["Abs", "once"],
  ]);
  expect(graphs).toHaveLength(3);
});

const NANO = fileURLToPath(new URL("../../../fixtures/models/nano/text/onnx/model.onnx", import.meta.url));

test.each([
  ["the embedded model, as an exporter wrote it", () => NANO, 0.7],
  ["a decoder that repeats little", () => writeDecoder(LAYOUTS["llama with position_ids"]), 1],
] as const)("%s gives the very same numbers, whatever it is fed", async (_, write, share) => {
  const path = write();
  const onnx = readOnnxFile(path);
  const { bytes, folder } = editedModel(path, {}) as EditedModel;
  const fewer = withoutRepeats(bytes, inputDims(onnx.inputs, new Set(cacheUpdates(onnx).keys())));
  const count = (model: Uint8Array): number => holdModel(Buffer.from(model)).nodes.length;
  expect(count(fewer)).toBeLessThanOrEqual(share * count(bytes));
  const options = { intraOpNumThreads: 1, extra: { session: { model_external_initializers_file_folder_path: folder } } };
  const [own, plain] = [await createSession(fewer, options), await createSession(path, { intraOpNumThreads: 1 })];
  for (const [rows, fed, past] of [
    [1, 1, 0],
    [2, 3, 0],
    [3, 1, 5],
    [2, 4, 7],
  ] as const) {
    const feeds = Object.fromEntries(onnx.inputs.map((input) => [input.name, fedTo(input, { rows, fed, past })]));
    const [got, want] = [await own.run(feeds), await plain.run(feeds)];
    expect(Object.keys(got).sort()).toEqual(Object.keys(want).sort());
    for (const [name, { data, dims }] of Object.entries(want)) expect(got[name]).toMatchObject({ data, dims });
  }
  await own.release();
  await plain.release();
});

interface Sizes {
  readonly rows: number;
  readonly fed: number;
  readonly past: number;
}

function fedTo(
  { name, dims, elementType }: { readonly name: string; readonly dims: readonly (number | string)[]; readonly elementType: number },
  { rows, fed, past }: Sizes,
): Tensor {
  const rng = createRng(name);
  const width = name === "attention_mask" ? past + fed : fed;
  if (elementType === INT64) {
    const value = (i: number): bigint =>
      name === "attention_mask" ? 1n : BigInt(name === "position_ids" ? past + (i % fed) : rng.int(30));
    return new Tensor(
      "int64",
      BigInt64Array.from({ length: rows * width }, (__, i) => value(i)),
      [rows, width],
    );
  }
  expect(elementType).toBe(FLOAT);
  const shape = dims.map((dim, axis) => (axis === 0 ? rows : typeof dim === "number" ? dim : past));
  return new Tensor(
    "float32",
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => rng.float() - 0.5),
    shape,
  );
}
