import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Tensor } from "onnxruntime-node";
import { expect, test } from "vitest";
import { type EditedModel, editedModel, weightsInside } from "../../src/onnx/graph_edit.js";
import { openSession } from "../../src/onnx/session.js";
import { encodeModel, FLOAT, type Weight } from "../support/onnx_writer.js";

const SIZE = 64;
/** `y = x · A`, an odd number of bytes in front of A's values, and `x + b`, small enough to stay in the graph. */
function writeModel(external?: Weight["external"]): { readonly path: string; readonly matrix: Float32Array } {
  const folder = mkdtempSync(join(tmpdir(), "graph-edit-test-"));
  const matrix = Float32Array.from({ length: SIZE * SIZE }, (_, i) => Math.sin(i));
  const bytes = (values: Float32Array): Uint8Array => new Uint8Array(values.buffer);
  const small = Float32Array.from({ length: SIZE }, (_, i) => i);
  const path = join(folder, "model.onnx");
  const graph = {
    inputs: [{ name: "x", type: FLOAT, dims: [1, SIZE] }],
    outputs: [{ name: "y", type: FLOAT, dims: [1, SIZE] }],
    nodes: [
      { op: "MatMul", inputs: ["x", "A"], outputs: ["product"] },
      { op: "Add", inputs: ["product", "b"], outputs: ["y"] },
    ],
    weights: [
      { name: "A", type: FLOAT, dims: [SIZE, SIZE], data: bytes(matrix) },
      {
        name: "b",
        type: FLOAT,
        dims: [SIZE],
        data: external === undefined ? bytes(small) : new Uint8Array(0),
        ...(external && { external }),
      },
    ],
  };
  if (external !== undefined) writeFileSync(join(folder, external.location), bytes(small));
  writeFileSync(path, encodeModel(graph));
  return { path, matrix };
}

async function run(path: string, edited: EditedModel | null, output = "y"): Promise<Float32Array> {
  const { session } = await openSession(path, { device: "cpu", threads: 1 }, edited);
  const x = Float32Array.from({ length: SIZE }, (_, i) => Math.cos(i));
  const { [output]: y } = await session.run({ x: new Tensor("float32", x, [1, SIZE]) });
  const values = Float32Array.from(y?.data as Float32Array);
  await session.release();
  return values;
}

const outputs = [{ name: "product", type: null, dims: [] }];

test("a graph is edited without its large weights, which are read where they are", async () => {
  const { path, matrix } = writeModel();
  const edited = editedModel(path, { outputs }) as EditedModel;
  expect(edited.bytes.length).toBeLessThan(matrix.byteLength / 4);
  expect(weightsInside(path)).toBe(matrix.byteLength);
  expect(await run(path, edited)).toEqual(await run(path, null));
  const product = await run(path, edited, "product");
  const wanted = (column: number): number => {
    let sum = 0;
    for (let row = 0; row < SIZE; row += 1) sum += Math.cos(row) * (matrix[row * SIZE + column] as number);
    return sum;
  };
  for (const column of [0, 17, 63]) expect(product[column]).toBeCloseTo(wanted(column), 4);
});

test("behind a link, as a cache of downloads has them, weights are read where the link leads", async () => {
  const { path } = writeModel();
  const folder = join(dirname(path), "snapshot");
  mkdirSync(folder);
  symlinkSync(path, join(folder, "linked.onnx"));
  const edited = editedModel(join(folder, "linked.onnx"), { outputs }) as EditedModel;
  expect(edited.bytes.length).toBeLessThan(SIZE * SIZE);
  expect(await run(join(folder, "linked.onnx"), edited)).toEqual(await run(path, null));
});

test("weights beside the graph stay beside it; behind a link the graph then keeps its own", async () => {
  const { path, matrix } = writeModel({ location: "b.data", offset: 0 });
  const edited = editedModel(path, { outputs }) as EditedModel;
  expect(edited.bytes.length).toBeLessThan(matrix.byteLength / 4);
  expect(await run(path, edited)).toEqual(await run(path, null));
  const folder = mkdtempSync(join(tmpdir(), "graph-edit-test-"));
  symlinkSync(path, join(folder, "model.onnx"));
  const linked = editedModel(join(folder, "model.onnx"), { outputs }) as EditedModel;
  expect(linked.folder).toBe(folder);
  expect(linked.bytes.length).toBeGreaterThan(matrix.byteLength);
});
