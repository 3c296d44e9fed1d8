import { describe, expect, it } from "vitest";
import { createBreather } from "../../src/util/breather.js";

describe("createBreather", () => {
  it("lets timers through in a long computation, and ends it where it is aborted", async () => {
    const abort = new AbortController();
    setTimeout(() => abort.abort(new Error("enough")), 1);
    const breathe = createBreather(abort.signal);
    const compute = async (): Promise<void> => {
      for (const end = performance.now() + 5_000; performance.now() < end; ) await breathe();
    };
    await expect(compute()).rejects.toThrow("enough");
  });
});
