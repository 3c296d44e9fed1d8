import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readManifests } from "../../src/batch/manifest.js";
import { planBatch } from "../../src/batch/plan.js";
import { readPlan, writePlan } from "../../src/batch/plan_file.js";
import { STRICT } from "../../src/spec/load.js";
import { conversation, jsonLines, manifestOf } from "../cli/batch/conversations.js";
import { CONFIGS, folderWith } from "../cli/run.js";

async function plan(
  text: string,
  {
    shard = { index: 0, count: 1 },
    policy = STRICT,
    overrides = [],
    folder = folderWith({ "m.jsonl": text }),
  }: Partial<Parameters<typeof planBatch>[2]> & { shard?: { index: number; count: number }; folder?: string } = {},
) {
  const manifest = { cwd: folder, stdin: [], template: null, inputs: join(folder, "inputs"), allowOutside: false } as never;
  return await planBatch(readManifests(["m.jsonl"], manifest), shard, { policy, overrides, cwd: folder });
}

const keyOf = async (spec: unknown, more: Parameters<typeof plan>[1] = {}): Promise<string | undefined> =>
  (await plan(jsonLines([spec]), more)).planned[0]?.key;

describe("keys", () => {
  test("do not depend on the id, on defaults that are written out, or on how the work is done", async () => {
    const key = await keyOf(conversation(0));
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    for (const same of [{ id: "other" }, { explain: { players: "word", seed: 0 } }, { run: { threads: 3 } }, { version: 1 }]) {
      expect(await keyOf(conversation(0, same))).toBe(key);
    }
  });

  test("depend on what is asked, on flags, and on a program that scores", async () => {
    const keys = await Promise.all([
      keyOf(conversation(0)),
      keyOf(conversation(1)),
      keyOf(conversation(0, { explain: { players: "word", seed: 1 } })),
      keyOf(conversation(0, { model: { repo: "embedded:nano", dtype: "q8" } })),
      keyOf(conversation(0), { overrides: [{ path: ["explain", "budget"], value: 99, label: "--budget 99" }] }),
      keyOf(conversation(0), { policy: { ...STRICT, payoffCommand: { argv: ["score"], timeoutS: 1 } } }),
    ]);
    expect(new Set(keys).size).toBe(keys.length);
  });

  test("depend on what a sound is, not on what its file is called", async () => {
    const folder = folderWith({});
    const hears = (path: string) => ({
      model: { connector: "liquid-audio", repo: "embedded:nano" },
      messages: [{ role: "user", content: [{ type: "audio", path }] }],
    });
    const { copyFileSync } = await import("node:fs");
    copyFileSync(join(CONFIGS, "audio/kitchen-light.wav"), join(folder, "a.wav"));
    copyFileSync(join(CONFIGS, "audio/kitchen-light.wav"), join(folder, "b.wav"));
    copyFileSync(join(CONFIGS, "audio/bathroom-too.wav"), join(folder, "c.wav"));
    writeFileSync(join(folder, "m.jsonl"), jsonLines(["a.wav", "b.wav", "c.wav"].map((path) => ({ id: path, ...hears(path) }))));
    const { planned, again } = await plan("", { folder });
    expect(planned.map(({ id }) => id)).toEqual(["a.wav", "c.wav"]);
    expect(again).toMatchObject([{ id: "b.wav", key: planned[0]?.key }]);
  });
});

describe("planBatch", () => {
  test("reads the specs of its own shard only", async () => {
    const { total, planned, invalid } = await plan(`${manifestOf(3)}{"bad": 1}\n`, { shard: { index: 1, count: 3 } });
    expect({ total, ids: planned.map(({ id }) => id), invalid }).toEqual({ total: 4, ids: ["c1"], invalid: [] });
  });

  test("gives lines without an id their key's first digits", async () => {
    const { id: _, ...nameless } = conversation(0);
    const { planned } = await plan(jsonLines([nameless]));
    expect(planned[0]?.id).toBe(planned[0]?.key.slice(0, 16));
  });

  test.each([
    ["", /m\.jsonl: holds no conversation/],
    [jsonLines([conversation(0), { ...conversation(1), id: "c0" }]), /m\.jsonl:2: has the id of m\.jsonl:1/],
  ])("refuses a manifest: %#", async (text, words) => {
    await expect(plan(text)).rejects.toThrow(words);
  });

  test.each([
    ["{", /m\.jsonl:1: not JSON/],
    ['{"id": "a\\u0007", "spec": "x.yaml"}', /must not contain control characters/],
    [`{"id": "${"x".repeat(201)}"}`, /1 to 200 characters/],
    [`{"model": ${"[".repeat(100_000)}${"]".repeat(100_000)}}`, /nested/],
    ['{"spec": 7}', /"spec" must be the path of a spec/],
    ['{"spec": "x.yaml", "model": {}}', /"spec" stands beside model/],
    ['{"spec": "../x.yaml"}', /lies outside/],
    ["missing.yaml", /no such file/],
  ])("notes a bad line as invalid, and goes on: %#", async (line, words) => {
    const { invalid, planned } = await plan(`${line}\n${manifestOf(1)}`);
    expect(planned).toHaveLength(1);
    expect(invalid).toHaveLength(1);
    expect(invalid[0]?.error.message).toMatch(words);
  });

  test("reads the same specs from a folder in the order of their paths, whatever is beside them", async () => {
    const folder = folderWith({ "b.yaml": JSON.stringify(conversation(1)), "notes.md": "#" });
    mkdirSync(join(folder, "a"));
    const { id: _, ...spec } = conversation(0);
    for (const name of ["a/z.json", "b.yaml"]) writeFileSync(join(folder, name), JSON.stringify(spec));
    const manifest = { cwd: folder, stdin: [], template: null, inputs: "", allowOutside: false } as never;
    const { planned, again } = await planBatch(
      readManifests(["."], manifest),
      { index: 0, count: 1 },
      { policy: STRICT, overrides: [], cwd: folder },
    );
    expect([...planned, ...again].map(({ id }) => id)).toEqual(["a/z.json", "b.yaml"]);
  });

  test("of 10,000 conversations takes a few tens of megabytes", async () => {
    const text = manifestOf(10_000);
    const before = process.memoryUsage().heapUsed;
    const { planned } = await plan(text);
    expect(planned).toHaveLength(10_000);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(400 * 2 ** 20);
  }, 60_000);

  test("is written down and read again", async () => {
    const path = join(folderWith({}), "plan-0-of-1.jsonl");
    const made = await plan(`${manifestOf(2)}{"bad": 1}\n`);
    await writePlan(path, made, { task: "explain", shard: { index: 0, count: 1 } });
    const read = await readPlan(path);
    expect(read).toMatchObject({ total: 3, manifest: made.manifest, shard: { index: 0, count: 1 } });
    expect(read?.conversations.map(({ position, id }) => [position, id])).toEqual([
      [0, "c0"],
      [1, "c1"],
      [2, "m.jsonl:3"],
    ]);
  });
});
