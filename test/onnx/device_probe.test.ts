import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { tryIt } from "../../src/onnx/device_probe.js";

test("the graph that is tried is sound: a cpu takes it", async () => {
  expect(await tryIt("cpu")).toBeNull();
});

test("a provider that there is not is refused with a reason of one line", async () => {
  expect(await tryIt("nonsense")).toMatch(/^[^\n]+[^.\s]$/);
});

test("native code that cannot start a device says nothing on stderr", () => {
  const bin = fileURLToPath(new URL("../../bin/mllm-shap.js", import.meta.url));
  const out = execFileSync("bash", ["-c", `"${process.execPath}" "${bin}" models --json 2>&1`], { encoding: "utf8" });
  expect(JSON.parse(out)).toMatchObject({ devices: [{ usable: true }, { device: "cuda" }, { device: "webgpu" }] });
}, 120_000);
