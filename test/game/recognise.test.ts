import { describe, expect, it } from "vitest";
import { recognised } from "../../src/game/recognise.js";
import { memoryMemo } from "../../src/memo/memory.js";
import type { ModelIdentity } from "../../src/repos/resources.js";

function served(probe: readonly number[], rest: Partial<ModelIdentity> = {}): ModelIdentity {
  const server = { kind: "vllm", version: "1", origin: "http://a", mode: "ids", probe, noise: 0, promise: "none" } as const;
  return {
    connector: "openai-compatible",
    repo: "smol",
    resolvedRevision: null,
    dtype: "unknown",
    sha256: {},
    provider: "server",
    server,
    ...rest,
  };
}

describe("the name that a memo knows weights by", () => {
  it("is none for files, and for a server that tells no probabilities", async () => {
    expect(await recognised(served([], { server: undefined }), memoryMemo())).toBe("");
    expect(await recognised(served([]), memoryMemo())).toBe("");
  });

  it("is that of the first measurement that was near, in whatever order they come", async () => {
    const memo = memoryMemo();
    const first = await recognised(served([-1, -2]), memo);
    const other = await recognised(served([-4, -2]), memo);
    expect(other).not.toBe(first);
    expect(await recognised(served([-1.015, -2]), memo)).toBe(first);
    expect(await recognised(served([-4, -2.01]), memo)).toBe(other);
    expect(await recognised(served([-1.5, -2]), memo)).not.toBe(first);
  });

  it("is another for another tokeniser", async () => {
    const memo = memoryMemo();
    const first = await recognised(served([-1, -2]), memo);
    expect(await recognised(served([-1.01, -2], { sha256: { "tokenizer.json": "x" } }), memo)).not.toBe(first);
  });
});
