import { describe, expect, test } from "vitest";
import { writesOut } from "../../src/inference/attention_check.js";
import type { GroupQuery } from "../../src/inference/group_query.js";

const PLAIN: GroupQuery = {
  bytes: { start: 0, end: 0 },
  inputs: ["q", "k", "v", "pk", "pv", "lengths", "total", "cos", "sin"],
  outputs: ["o", "ck", "cv"],
  heads: 6,
  kvHeads: 2,
  scale: 0,
  softcap: 0,
  window: -1,
  rotary: "halves",
  epsilon: 1e-6,
  special: false,
};
const DIMS = { half: false, headDim: 32, rotated: 32 } as const;

describe("the operator and its plain writing agree", () => {
  test.each([
    ["grouped heads", PLAIN, DIMS],
    ["a head for each", { ...PLAIN, kvHeads: 6 }, DIMS],
    ["one kv head", { ...PLAIN, kvHeads: 1 }, DIMS],
    ["no rotation", { ...PLAIN, rotary: "none" }, DIMS],
    ["interleaved rotation", { ...PLAIN, rotary: "interleaved" }, DIMS],
    ["partial rotation", PLAIN, { ...DIMS, rotated: 16 }],
    ["a scale of its own", { ...PLAIN, scale: 0.3 }, DIMS],
    ["scores that are capped", { ...PLAIN, softcap: 2 }, DIMS],
    ["a window", { ...PLAIN, window: 5 }, DIMS],
    ["a window of one", { ...PLAIN, window: 1 }, DIMS],
    ["queries, keys and values side by side", { ...PLAIN, inputs: ["qkv", "", "", "pk", "pv", "lengths", "total", "cos", "sin"] }, DIMS],
    ["a norm of queries and keys", { ...PLAIN, inputs: [...PLAIN.inputs, "", "", "", "", "", "qn", "kn"] }, DIMS],
    ["float16", PLAIN, { ...DIMS, half: true }],
  ] as const)("%s", async (_title, attention, dims) => {
    expect(await writesOut(attention, dims)).toBe(true);
  });
});
