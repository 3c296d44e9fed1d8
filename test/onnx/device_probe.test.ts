import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { reasonIn, tryIt } from "../../src/onnx/device_probe.js";

test("the graph that is tried is sound: a cpu takes it", async () => {
  expect(await tryIt("cpu")).toBeNull();
});

test("a provider that there is not is refused with a reason of one line", async () => {
  expect(await tryIt("nonsense")).toMatch(/^[^\n]+[^.\s]$/);
});

test("of CUDA's errors the reason is told, not the functions that met it", () => {
  const message =
    "/src/cuda_call.cc:154 std::conditional_t<THRW, void, Status> CudaCall(ERRTYPE, int) [with ERRTYPE = cudaError; bool THRW = true] CUDA failure 100: no CUDA-capable device is detected ; GPU=-1 ; hostname=h ; expr=cudaSetDevice(0);";
  expect(reasonIn(message)).toBe("no CUDA-capable device is detected");
  expect(reasonIn("a line of its own.\nmore")).toBe("a line of its own");
  expect(reasonIn(null)).toBeNull();
});

test("native code that cannot start a device says nothing on stderr", () => {
  const bin = fileURLToPath(new URL("../../bin/mllm-shap.js", import.meta.url));
  const out = execFileSync("bash", ["-c", `"${process.execPath}" "${bin}" models --json 2>&1`], { encoding: "utf8" });
  expect(JSON.parse(out)).toMatchObject({ devices: [{ usable: true }, { device: "cuda" }, { device: "webgpu" }] });
}, 120_000);
