import { describe, expect, it } from "vitest";
import { createYielder } from "../../src/util/yielder.js";

describe("createYielder", () => {
  it("lets timers through in a long computation, and ends it where it is aborted", async () => {
    const abort = new AbortController();
    setTimeout(() => abort.abort(new Error("enough")), 1);
    const yieldNow = createYielder(abort.signal);
    const compute = async (): Promise<void> => {
      for (const end = performance.now() + 5_000; performance.now() < end; ) await yieldNow();
    };
    await expect(compute()).rejects.toThrow("enough");
  });
});
