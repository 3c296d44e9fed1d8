import { mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openDecoder } from "../../src/decoding/engine.js";
import { ConnectorError } from "../../src/errors.js";
import { readOnnxFile } from "../../src/onnx/onnx_file.js";
import { openSession } from "../../src/onnx/session.js";
import { LAYOUTS, TINY, temporaryFolder, writeDecoder, writeShardedDecoder } from "../support/decoder_files.js";
import { INT64 } from "../support/onnx_writer.js";

const OPTIONS = { device: "cpu", threads: 1, memory: 2 ** 30, batchSize: null, vocabulary: TINY.vocabulary } as const;
const LLAMA = LAYOUTS["llama with position_ids"];

async function failure(path: string): Promise<string> {
  const error = await openDecoder(path, OPTIONS).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ConnectorError);
  const { message, cause } = error as ConnectorError;
  expect(message).toContain(path);
  expect(message).not.toContain("\n");
  if (!/its data file/.test(message)) expect(cause).toBeDefined();
  return message.split("\n", 1)[0] as string;
}

test("a missing file, a folder and a file of another kind are told apart in one line", async () => {
  const folder = temporaryFolder();
  expect(await failure(join(folder, "none.onnx"))).toMatch(/cannot be read: ENOENT/);
  mkdirSync(join(folder, "folder.onnx"));
  expect(await failure(join(folder, "folder.onnx"))).toMatch(/cannot be read: it is a folder, not a file/);
  writeFileSync(join(folder, "text.onnx"), "version https://git-lfs.github.com/spec/v1\n");
  expect(await failure(join(folder, "text.onnx"))).toMatch(/truncated, damaged or no ONNX file/);
  writeFileSync(join(folder, "empty.onnx"), "");
  expect(await failure(join(folder, "empty.onnx"))).toMatch(/cannot be read: it is empty/);
});

test("a graph cut off anywhere is refused", async () => {
  const path = writeDecoder(LLAMA);
  const whole = readFileSync(path);
  for (const share of [0.1, 0.5, 0.99]) {
    writeFileSync(path, whole.subarray(0, Math.floor(share * whole.length)));
    expect(await failure(path)).toMatch(/truncated, damaged/);
    expect(() => readOnnxFile(path)).toThrow(ConnectorError);
  }
});

test("a data file that is missing or too short is named as the cause", async () => {
  const { path, shards } = writeShardedDecoder(LLAMA);
  truncateSync(shards[1] as string, 10);
  expect(await failure(path)).toMatch(/its data file .*\/model\.onnx_data_1 is cut off, 10 of \d+ bytes$/);
  rmSync(shards[1] as string);
  expect(await failure(path)).toMatch(/its data file .*\/model\.onnx_data_1 is missing$/);
});

const SAYS_WHERE = /; `mllm-shap models check` prints all its inputs and outputs$/;

test("an input of unknown role stops the load in one line", async () => {
  const path = writeDecoder(LLAMA, (graph) => ({
    ...graph,
    inputs: [...graph.inputs, { name: "mystery", type: INT64, dims: ["batch_size", 7] }],
    nodes: [...graph.nodes, { op: "Identity", inputs: ["mystery"], outputs: ["unused"] }],
    outputs: [...graph.outputs, { name: "unused", type: INT64, dims: ["batch_size", 7] }],
  }));
  const error = (await openDecoder(path, OPTIONS).catch((reason: unknown) => reason)) as Error;
  expect(error).toBeInstanceOf(ConnectorError);
  expect(error.message).toContain("the role of input `mystery` (int64 [batch_size, 7]) is not known");
  expect(error.message).toMatch(SAYS_WHERE);
  expect(error.message).not.toContain("\n");
});

test("a cache without its successor is refused", async () => {
  const path = writeDecoder(LLAMA, (graph) => ({ ...graph, outputs: graph.outputs.filter(({ name }) => name !== "present.0.key") }));
  await expect(openDecoder(path, OPTIONS)).rejects.toThrow(
    /cache `past_key_values\.0\.key` has no successor among the outputs \(`present\.0\.key`\)/,
  );
});

test.each(["cuda", "webgpu"] as const)("%s by name is taken or refused in one line, never replaced", async (device) => {
  const opened = await openSession(writeDecoder(LLAMA), { device, threads: 1 }).catch((error: unknown) => error);
  if (opened instanceof Error) {
    expect(opened).toBeInstanceOf(ConnectorError);
    expect(opened.message).toMatch(new RegExp(`^device ${device} is not usable here: [^\\n]+; use device auto or cpu$`));
  } else {
    const { provider, session } = opened as Awaited<ReturnType<typeof openSession>>;
    expect(provider).toBe(device);
    await session.release();
  }
});
