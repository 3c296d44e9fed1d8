import { expect, test } from "vitest";
import type { OnnxFile } from "../../src/onnx/onnx_file.js";
import { readOnnxFile } from "../../src/onnx/onnx_file.js";
import { precisionOf } from "../../src/onnx/precision.js";
import { LAYOUTS, writeDecoder } from "../support/decoder_files.js";

const [FLOAT32, UINT8, FLOAT16] = [1, 2, 10];

function file(weights: Readonly<Record<string, readonly [type: number, size: number]>>, nodes: OnnxFile["nodes"] = []): OnnxFile {
  const initializers = Object.entries(weights).map(
    ([name, [elementType, size]]) => [name, { name, dims: [size], elementType, bytes: null }] as const,
  );
  return { path: "", opset: 17, inputs: [], outputs: [], nodes, initializers: new Map(initializers), externalFiles: [] };
}

const node = (op: string, inputs: readonly string[], integers: Readonly<Record<string, number>> = {}) => ({
  op,
  inputs,
  outputs: [],
  integers,
  bytes: { start: 0, end: 0 },
});

test("precision is read from weights and operators", () => {
  expect(precisionOf(readOnnxFile(writeDecoder(LAYOUTS["llama with position_ids"])))).toBe("fp32");
  expect(precisionOf(readOnnxFile(writeDecoder(LAYOUTS["dynamic quantisation"])))).toBe("q8");
  expect(precisionOf(file({ a: [FLOAT16, 100], b: [FLOAT32, 10] }))).toBe("fp16");
  expect(precisionOf(file({ a: [FLOAT16, 100], b: [FLOAT32, 10] }, [node("Cast", ["a"])]))).toBe("fp32");
  const packed = (bits?: number) => node("MatMulNBits", ["x", "w", "s"], bits === undefined ? {} : { bits });
  expect(precisionOf(file({ w: [UINT8, 100], s: [FLOAT32, 10] }, [packed()]))).toBe("q4");
  expect(precisionOf(file({ w: [UINT8, 100], s: [FLOAT16, 10] }, [packed(4), packed(8)]))).toBe("q4f16");
  expect(precisionOf(file({ w: [UINT8, 100], s: [FLOAT32, 10] }, [packed(8)]))).toBe("q8");
});
