import { expect, test } from "vitest";
import { zooCells } from "../support/zoo.js";
import { replay, type Tolerance } from "../support/zoo_replay.js";

/** By exporter. Truth is onnxruntime's on the same graph, one row at a time: what is left are other orders of sums in half precision. */
const TOLERANCES: Readonly<Record<string, Tolerance>> = {
  "genai-fp16": { logits: 9, scores: 9, values: 9 },
  "genai-int4": { logits: 9, scores: 9, values: 9 },
  "js-q4": { logits: 9, scores: 9, values: 9 },
  "js-q4f16": { logits: 9, scores: 9, values: 9 },
  "js-fp16": { logits: 9, scores: 9, values: 9 },
  "js-quantized": { logits: 9, scores: 9, values: 9 },
};

const cells = zooCells(Object.keys(TOLERANCES));

test("there are cells of every layout", () => {
  expect(new Set(cells.map(({ name }) => name)).size).toBe(Object.keys(TOLERANCES).length);
});

test.each(cells)("$family by $name is what onnxruntime says of one row", async (cell) => {
  const reached = await replay(cell, TOLERANCES[cell.name] as Tolerance);
  if (process.env.ZOO_REPORT !== undefined) console.info(`${cell.family} ${cell.name} ${JSON.stringify(reached)}`);
});
