import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readMerge } from "../../src/batch/merge.js";
import { writePlan } from "../../src/batch/plan_file.js";
import { readSpan } from "../../src/batch/recorded.js";
import { sameValues } from "../../src/batch/same_values.js";
import { jsonLines } from "../cli/batch/conversations.js";
import { folderWith } from "../cli/run.js";
import { sampleResult, words } from "../support/samples.js";

const keyOf = (i: number): string => i.toString(16).padStart(64, "0");
const result = (value: number) => sampleResult({ turns: [{ role: "user", entries: [{ tokens: words([["on", value]]) }] }] });
const line = (i: number, value = i) => ({ id: `c${i}`, key: keyOf(i), ...result(value) });

async function shard(folder: string, index: number, count: number, positions: readonly number[], total = 4, manifest = "m"): Promise<void> {
  const planned = positions.map((position) => ({
    position,
    id: `c${position}`,
    key: keyOf(position),
    where: "",
    source: { kind: "file" as const, path: "" },
  }));
  await writePlan(
    join(folder, `plan-${index}-of-${count}.jsonl`),
    { total, manifest, planned, invalid: [], again: [] },
    {
      task: "explain",
      shard: { index, count },
    },
  );
}

const start = (i: number, started: string) => ({ key: keyOf(i), attempt: 1, started, host: "h", pid: 1 });

describe("readMerge", () => {
  test("is in the manifest's order, names what is missing, and counts what nobody planned", async () => {
    const folder = folderWith({ "results-0-of-2.jsonl": jsonLines([line(2), line(0), line(9)]) });
    await shard(folder, 0, 2, [0, 2], 5);
    await shard(folder, 1, 2, [1, 3], 5);
    writeFileSync(
      join(folder, "failures-1-of-2.jsonl"),
      jsonLines([{ id: "c3", key: keyOf(3), attempt: 3, kind: "killed", message: "gone", permanent: false }]),
    );
    const { found, missing, unplanned, others } = await readMerge(folder);
    expect(found.map(({ id }) => id)).toEqual(["c0", "c2"]);
    expect(missing.map(({ id, failure }) => [id, failure?.message ?? null])).toEqual([
      ["c1", null],
      ["c3", "gone"],
    ]);
    expect({ unplanned, others }).toEqual({ unplanned: 1, others: 1 });
  });

  test("takes the first of several by time, whatever the files are called", async () => {
    const folder = folderWith({
      "results-0-of-1.jsonl": jsonLines([line(0, 5)]),
      "attempts-0-of-1.jsonl": jsonLines([start(0, "2026-01-01T00:00:09.000Z")]),
      "results-9-of-10.jsonl": jsonLines([line(0, 7)]),
      "attempts-9-of-10.jsonl": jsonLines([start(0, "2026-01-01T00:00:01.000Z")]),
    });
    await shard(folder, 0, 1, [0], 1);
    const { found } = await readMerge(folder);
    expect(found[0]?.places).toHaveLength(2);
    const [first] = found[0]?.places ?? [];
    expect(first?.path).toMatch(/results-9-of-10/);
    expect(JSON.parse(await readSpan(first?.path ?? "", first ?? { offset: 0, length: 0 }))).toMatchObject({
      id: "c0",
      players: [{ value: 7 }],
    });
  });

  test("knows the manifest of the last run only", async () => {
    const folder = folderWith({ "results-0-of-1.jsonl": jsonLines([line(0), line(1)]) });
    await shard(folder, 0, 2, [0], 2, "old");
    await new Promise((resolve) => setTimeout(resolve, 5));
    await shard(folder, 0, 1, [1], 1, "new");
    const { found, others } = await readMerge(folder);
    expect({ ids: found.map(({ id }) => id), others }).toEqual({ ids: ["c1"], others: 1 });
  });

  test("passes over a torn last line, and lines that are none of ours", async () => {
    const torn = JSON.stringify(line(1)).slice(0, 300);
    const folder = folderWith({ "results-0-of-1.jsonl": `${jsonLines([{ hello: 1 }, line(0)])}${torn}` });
    await shard(folder, 0, 1, [0, 1], 2);
    const { found, missing } = await readMerge(folder);
    expect([found.length, missing.length]).toEqual([1, 1]);
  });
});

test("values are the same up to rounding", () => {
  expect(sameValues(result(1), result(1 + 1e-7))).toBe(true);
  expect(sameValues(result(1), result(1 + 1e-5))).toBe(false);
});
