import { appendFileSync, existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openDiskMemo } from "../../src/memo/disk.js";
import { countEntries, memoFiles, pruneMemo } from "../../src/memo/files.js";
import { temporaryFolder } from "../support/decoder_files.js";

/** A folder that remembers `counts[i]` scores of question i, which was last used at second `i`. */
async function filled(counts: readonly number[]): Promise<string> {
  const folder = temporaryFolder();
  const memo = await openDiskMemo({ folder, edition: "e" });
  for (const [question, count] of counts.entries()) {
    for (let i = 0; i < count; i++) await memo.scores.set(`a${question}:f${i}`, Float64Array.of(i));
  }
  await memo.close();
  for (const [question] of counts.entries()) utimesSync(join(folder, "1-e", `score-a${question}.tsv`), question, question);
  return folder;
}

const names = (folder: string): readonly string[] => (existsSync(join(folder, "1-e")) ? readdirSync(join(folder, "1-e")).sort() : []);

describe("the memo's files", () => {
  it("count each answer once, and nothing that is cut off or written twice", async () => {
    const folder = await filled([3, 5]);
    const [first] = await memoFiles(folder);
    appendFileSync(first?.path as string, "f9\tabcdef\tnot whole");
    const memo = await openDiskMemo({ folder, edition: "e" });
    const other = await openDiskMemo({ folder, edition: "e" });
    for (const one of [memo, other]) await one.scores.get("a0:f0");
    for (const one of [memo, other]) await one.scores.set("a0:f3", Float64Array.of(3));
    for (const one of [memo, other]) await one.close();
    expect(await countEntries(await memoFiles(folder))).toBe(9);
  });

  it("go by age, the age of their last reading", async () => {
    const folder = await filled([1, 1, 1]);
    const memo = await openDiskMemo({ folder, edition: "e" });
    expect(await memo.scores.get("a0:f0")).toEqual(Float64Array.of(0));
    await memo.close();
    const removed = await pruneMemo(folder, { usedSinceMs: 1_500, maxBytes: null });
    expect(removed.map(({ usedMs }) => usedMs)).toEqual([1000]);
    expect(names(folder)).toEqual(["score-a0.tsv", "score-a2.tsv"]);
  });

  it("age from now on where they were used in the future: a clock was set back", async () => {
    const folder = await filled([1, 1]);
    const ahead = Date.now() / 1000 + 1e6;
    utimesSync(join(folder, "1-e", "score-a0.tsv"), ahead, ahead);
    await pruneMemo(folder, { usedSinceMs: null, maxBytes: null });
    const used = (await memoFiles(folder)).map(({ usedMs }) => usedMs);
    expect(used[0]).toBeLessThanOrEqual(Date.now());
    expect(used[0]).toBeGreaterThan(Date.now() - 60_000);
    expect(used[1]).toBe(1_000);
  });

  it("go by size, those unused longest first", async () => {
    const folder = await filled([4, 4, 4]);
    const each = ((await memoFiles(folder))[0]?.bytes ?? 0) as number;
    await pruneMemo(folder, { usedSinceMs: null, maxBytes: 2 * each + 1 });
    expect(names(folder)).toEqual(["score-a1.tsv", "score-a2.tsv"]);
    await pruneMemo(folder, { usedSinceMs: null, maxBytes: each - 1 });
    expect(names(folder)).toEqual([]);
    expect(existsSync(join(folder, "1-e"))).toBe(false);
  });

  it("are the only ones touched: what else lies in the folder stays", async () => {
    const folder = await filled([2]);
    mkdirSync(join(folder, "photos"));
    for (const file of ["notes.tsv", "photos/score-1.tsv", "1-e/score-a0.tsv.bak"]) writeFileSync(join(folder, file), "mine");
    expect(await pruneMemo(folder, { usedSinceMs: Number.POSITIVE_INFINITY, maxBytes: null })).toHaveLength(1);
    expect(readdirSync(folder).sort()).toEqual(["1-e", "notes.tsv", "photos"]);
    expect(names(folder)).toEqual(["score-a0.tsv.bak"]);
    expect(await memoFiles(join(folder, "nowhere"))).toEqual([]);
  });
});
