import { describe, expect, it } from "vitest";
import { byIds, inChunks, pump } from "../../../src/connectors/openai_compatible/in_parts.js";

describe("prompts in parts", () => {
  it("follow each other by the first id that differs", () => {
    const prompts = [[2, 1], [1, 3], [1], [1, 2, 9], [2, 1]].map((ids) => Int32Array.from(ids));
    expect(byIds(prompts)).toEqual([2, 3, 1, 0, 4]);
  });

  it("are neighbours of one class, no more than a request takes", () => {
    const order = [0, 1, 2, 3, 4, 5];
    expect(
      inChunks(
        order,
        2,
        () => 1,
        () => 0,
      ),
    ).toEqual([
      [0, 1],
      [2, 3],
      [4, 5],
    ]);
    expect(
      inChunks(
        order,
        9,
        () => 1,
        (item) => (item < 4 ? 0 : 1),
      ),
    ).toEqual([
      [0, 1, 2, 3],
      [4, 5],
    ]);
    expect(
      inChunks(
        order,
        9,
        () => 30_000,
        () => 0,
      ),
    ).toEqual([
      [0, 1],
      [2, 3],
      [4, 5],
    ]);
    expect(
      inChunks(
        [0, 1],
        9,
        () => 100_000,
        () => 0,
      ),
    ).toEqual([[0], [1]]);
  });

  it("run so many at a time", async () => {
    let [running, most] = [0, 0];
    const done: number[] = [];
    await pump([1, 2, 3, 4, 5, 6, 7], 3, async (part) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 1));
      running--;
      done.push(part);
    });
    expect(most).toBe(3);
    expect(done.sort()).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it("after a failure end with those that run, whose answers are kept", async () => {
    const done: number[] = [];
    const failing = pump([1, 2, 3, 4, 5, 6], 2, async (part) => {
      if (part === 1) throw new Error("gone");
      await new Promise((resolve) => setTimeout(resolve, 5));
      done.push(part);
    });
    await expect(failing).rejects.toThrow("gone");
    expect(done).toEqual([2]);
  });
});
