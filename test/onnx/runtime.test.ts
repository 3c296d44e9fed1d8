import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Tensor } from "onnxruntime-node";
import { expect, test } from "vitest";
import { startRuntime } from "../../src/onnx/runtime.js";
import { openSession } from "../../src/onnx/session.js";
import { withSignal } from "../../src/util/abort.js";
import { temporaryFolder } from "../support/decoder_files.js";
import { endlessGraph, sumGraph, tensor } from "../support/hostile_graphs.js";

const OPTIONS = { device: "cpu", threads: 1 } as const;
const feeds = () => ({ x: new Tensor("float32", Float32Array.of(1, 2), [2]) });

async function open(bytes: Uint8Array) {
  const path = join(temporaryFolder(), "model.onnx");
  writeFileSync(path, bytes);
  return (await openSession(path, OPTIONS)).session;
}
const sum = () => {
  const data = new Uint8Array(Float32Array.of(10, 20).buffer);
  return sumGraph(tensor({ name: "w", type: 1, dims: [2], data }, {}, null));
};

test("a thread that was started ahead is the one that graphs are loaded in", async () => {
  const threads = () => process.listenerCount("exit");
  const before = threads();
  startRuntime();
  startRuntime();
  expect(threads()).toBe(before + 1);
  const session = await open(sum());
  expect(threads()).toBe(before + 1);
  expect((await session.run(feeds())).y?.data).toEqual(Float32Array.of(11, 22));
  await session.release();
});

test("a graph runs beside the caller's thread, whose denormal numbers stay numbers", async () => {
  const session = await open(sum());
  const shared = new Float32Array(new SharedArrayBuffer(8));
  shared.set([3, 4]);
  expect((await session.run({ x: new Tensor("float32", shared, [2]) })).y?.data).toEqual(Float32Array.of(13, 24));
  expect((await session.run(feeds(), ["y"])).y?.data).toEqual(Float32Array.of(11, 22));
  expect(Number.MIN_VALUE > 0).toBe(true);
  expect(JSON.parse("[2e-310]")).toEqual([2e-310]);
  expect(Number.parseFloat("5e-324")).toBe(5e-324);
  await session.release();
  await expect(session.run(feeds())).rejects.toThrow(/released/);
});

test("a native call that never ends is left alone by an abort, and its thread is given up for another", async () => {
  const endless = await open(endlessGraph());
  const controller = new AbortController();
  const started = performance.now();
  setTimeout(() => controller.abort(new Error("enough")), 300);
  await expect(withSignal(controller.signal, () => endless.run(feeds()))).rejects.toThrow("enough");
  expect(performance.now() - started).toBeLessThan(2_000);
  await endless.release();
  await new Promise((over) => setTimeout(over, 2_500));
  const session = await open(sum());
  expect((await session.run(feeds())).y?.data).toEqual(Float32Array.of(11, 22));
  await session.release();
});
