import { expect, test } from "vitest";
import { inputDims } from "../../src/decoding/input_dims.js";
import { plus, symbol } from "../../src/onnx/numbering/dims.js";

const CACHES = ["past_key_values.0.key", "past_key_values.1.key"] as const;
const [key, other] = CACHES;
const value = (name: string, dims: readonly (number | string)[]) => ({ name, type: 1, dims });
const [ROWS, FED, PAST] = [symbol("prows"), symbol("pfed"), symbol("npast")];

test("sizes are those of a pass, whatever an exporter calls them", () => {
  const dims = inputDims(
    [
      value("input_ids", ["n", "m"]),
      value("attention_mask", ["n", "m"]),
      value("position_ids", ["n", "m"]),
      ...CACHES.map((name, i) => value(name, ["n", 2, `past ${i}`, 4])),
      value("mllm_shap.places", ["r", 2, "f", 3]),
    ],
    new Set(CACHES),
  );
  expect(dims.get("input_ids")).toEqual([ROWS, FED]);
  expect(dims.get("position_ids")).toEqual([ROWS, FED]);
  expect(dims.get("attention_mask")).toEqual([ROWS, plus(PAST, FED)]);
  expect(dims.get(key)).toEqual([ROWS, 2, PAST, 4]);
  expect(dims.get(other)).toEqual(dims.get(key));
  expect(dims.get("mllm_shap.places")).toEqual([ROWS, 2, FED, 3]);
});

test("caches that may be of several lengths, and inputs of unknown parts, are not told", () => {
  const dims = inputDims([value("attention_mask", ["n", "m"]), value(key, ["n", 2, "p", 4]), value("extra", ["n"])], new Set());
  expect(dims.has(key)).toBe(false);
  expect(dims.has("extra")).toBe(false);
  expect(dims.get("attention_mask")?.[1]).not.toEqual(plus(PAST, FED));
});

test("of caches that leave more open than their length nothing is told", () => {
  expect(inputDims([value(key, ["n", "heads", "p", 4])], new Set([key])).has(key)).toBe(false);
  expect(inputDims([value(key, ["n", 2, 8, 4])], new Set([key])).has(key)).toBe(false);
});

test("sizes that a graph fixes are what they are, and starts stand in one row", () => {
  const dims = inputDims(
    [value("inputs_embeds", [1, "m", 64]), value(key, [1, 2, "p", 4]), value(`mllm_shap.start.${key}`, [1, 2, "s", 4])],
    new Set([key]),
  );
  expect(dims.get("inputs_embeds")).toEqual([1, FED, 64]);
  expect(dims.get(key)).toEqual([1, 2, PAST, 4]);
  expect(dims.get(`mllm_shap.start.${key}`)).toEqual([1, 2, symbol("pstart"), 4]);
});
