import { expect, test } from "vitest";
import { zooCells } from "../support/zoo.js";
import { replay } from "../support/zoo_replay.js";

const cells = zooCells(["optimum", "merged", "transformers", "genai-fp32"]).filter(({ exact }) => exact);

test("there are cells of every exporter", () => {
  expect(new Set(cells.map(({ name }) => name)).size).toBe(4);
});

// Weights are torch's own: what is left is float32 against double precision.
test.each(cells)("$family by $name is what torch says", async (cell) => {
  const reached = await replay(cell, { logits: 1e-4, scores: 1e-4, values: 1e-5 });
  if (process.env.ZOO_REPORT !== undefined) process.stdout.write(`${cell.family} ${cell.name} ${JSON.stringify(reached)}\n`);
});
