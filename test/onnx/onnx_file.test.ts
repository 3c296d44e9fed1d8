import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ConnectorError } from "../../src/errors.js";
import { findEmbeddingTable } from "../../src/onnx/embedding_table.js";
import { encodeModel } from "../../src/onnx/onnx_encode.js";
import { checkDataFiles, readOnnxFile } from "../../src/onnx/onnx_file.js";
import { openSession } from "../../src/onnx/session.js";
import { temporaryFolder } from "../support/decoder_files.js";
import { endlessGraph, longField, sumGraph, tensor } from "../support/hostile_graphs.js";

const FLOAT = 1;
const HERE = new Uint8Array(Float32Array.of(1, 2).buffer);
const weight = (name: string, data: Uint8Array) => ({ name, type: FLOAT, dims: [2], data });
const OPTIONS = { device: "cpu", threads: 1 } as const;

function written(bytes: Uint8Array): string {
  const folder = join(temporaryFolder(), "model");
  mkdirSync(folder);
  writeFileSync(join(folder, "..", "secret.bin"), HERE);
  writeFileSync(join(folder, "model.onnx"), bytes);
  return join(folder, "model.onnx");
}

test.each([null, 0])(
  "a weight that holds its bytes itself names no file, whatever its entries say (data_location %s)",
  async (location) => {
    const path = written(sumGraph(tensor(weight("w", HERE), { location: "../../../../../../../../etc/passwd" }, location)));
    const onnx = readOnnxFile(path);
    expect(onnx.externalFiles).toEqual([]);
    expect(onnx.initializers.get("w")?.bytes?.path).toBe(path);
    const { session } = await openSession(path, OPTIONS);
    await session.release();
  },
);

test.each(["../secret.bin", "/etc/passwd", "sub/../../secret.bin", "link.bin", "/dev/zero", "../../../../../../../dev/zero"])(
  "a data file at %s leads out of the graph's folder: it is neither opened nor hashed",
  async (location) => {
    const path = written(sumGraph(tensor(weight("w", new Uint8Array(0)), { location, length: "8" }, 1)));
    symlinkSync("../secret.bin", join(path, "..", "link.bin"));
    await expect(openSession(path, OPTIONS)).rejects.toThrow(/its data file \S+ leads out of the graph's folder$/);
    expect(() => checkDataFiles(readOnnxFile(path))).toThrow(ConnectorError);
  },
);

test("data files of tensors inside of loops are found, and held to the same", async () => {
  const step = tensor({ ...weight("step", new Uint8Array(0)), dims: [1] }, { location: "../secret.bin", length: "4" }, 1);
  const path = written(endlessGraph(step));
  expect(readOnnxFile(path).externalFiles).toEqual([join(path, "../../secret.bin")]);
  await expect(openSession(path, OPTIONS)).rejects.toThrow(/leads out of the graph's folder$/);
});

test.skipIf(process.platform === "win32")("a pipe in the graph's folder is no data file", async () => {
  const path = written(sumGraph(tensor(weight("w", new Uint8Array(0)), { location: "data", length: "8" }, 1)));
  execFileSync("mkfifo", [join(path, "..", "data")]);
  await expect(openSession(path, OPTIONS)).rejects.toThrow(/its data file \S+ is no regular file$/);
});

test("a graph that is a link out of its folder, a pipe or a device is refused", async () => {
  const path = written(sumGraph(tensor(weight("w", HERE), {}, null)));
  const folder = join(path, "..");
  writeFileSync(join(folder, "..", "other.onnx"), sumGraph(tensor(weight("w", HERE), {}, null)));
  symlinkSync("../other.onnx", join(folder, "linked.onnx"));
  symlinkSync("/dev/zero", join(folder, "zero.onnx"));
  await expect(openSession(join(folder, "linked.onnx"), OPTIONS)).rejects.toThrow(/it leads out of the model's folder/);
  await expect(openSession(join(folder, "zero.onnx"), OPTIONS)).rejects.toThrow(/it leads out of the model's folder/);
});

test.each(["-8", "1e300", "x", "99999999999999999999"])("a data file's offset of %s is none", (offset) => {
  const path = written(sumGraph(tensor(weight("w", new Uint8Array(0)), { location: "data", offset, length: "8" }, 1)));
  expect(() => readOnnxFile(path)).toThrow(/lies at no place of its data file/);
});

test("an embedding that is said to be larger than its bytes is refused before memory is taken for it", () => {
  const graph = (hidden: number) =>
    encodeModel(
      {
        nodes: [{ op: "Gather", inputs: ["table", "input_ids"], outputs: ["y"] }],
        weights: [{ name: "table", type: FLOAT, dims: [2, hidden], data: HERE }],
      },
      { "": 17 },
    );
  expect(findEmbeddingTable(readOnnxFile(written(graph(1))))?.rows([1])).toEqual(Float32Array.of(2));
  expect(() => findEmbeddingTable(readOnnxFile(written(graph(2 ** 40))))).toThrow(/the embedding table of 2 × 1099511627776 has 8 bytes/);
});

test("lengths beyond the file's end are refused", () => {
  for (const field of [7, 8, 25]) expect(() => readOnnxFile(written(longField(field)))).toThrow(ConnectorError);
});
