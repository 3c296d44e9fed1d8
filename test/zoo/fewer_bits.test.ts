import { expect, test } from "vitest";
import { zooCells } from "../support/zoo.js";
import { replay, type Tolerance } from "../support/zoo_replay.js";

/**
 * By exporter. Truth is onnxruntime's on the same graph, one row at a time. Half precision: other orders of sums. `genai-int4`: its four-bit
 * products are of activations in eight bits, which jump. `js-quantized`: the scale of activations is the whole tensor's, so that a row's
 * numbers depend on what is computed with it; only logits of single rows agree to rounding.
 */
const TOLERANCES: Readonly<Record<string, Tolerance>> = {
  "genai-fp32": { logits: 1e-4, scores: 1e-4, values: 1e-5 },
  "genai-fp16": { logits: 0.05, scores: 0.05, values: 0.01 },
  "genai-int4": { logits: 1e-4, scores: 0.01, values: 0.005 },
  "js-q4": { logits: 1e-4, scores: 1e-4, values: 1e-5 },
  "js-q4f16": { logits: 0.02, scores: 0.02, values: 0.002 },
  "js-fp16": { logits: 0.02, scores: 0.02, values: 0.002 },
  "js-quantized": { logits: 1e-4, scores: 2, values: 2, lead: Number.POSITIVE_INFINITY, here: true },
};

const cells = zooCells(Object.keys(TOLERANCES)).filter(({ exact }) => !exact);

test("there are cells of every layout", () => {
  expect(new Set(cells.map(({ name }) => name)).size).toBe(Object.keys(TOLERANCES).length);
});

test.each(cells)("$family by $name is what onnxruntime says of one row", async (cell) => {
  const reached = await replay(cell, TOLERANCES[cell.name] as Tolerance);
  if (process.env.ZOO_REPORT !== undefined) process.stdout.write(`${cell.family} ${cell.name} ${JSON.stringify(reached)}\n`);
});
