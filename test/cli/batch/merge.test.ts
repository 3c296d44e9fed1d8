import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { readResults } from "../../../src/results/read_result.js";
import type { Summary } from "../../../src/results/summary/summary.js";
import { folderWith, run } from "../run.js";
import { conversation, jsonLines, manifestOf, recordsOf } from "./conversations.js";

let folder = "";

beforeAll(async () => {
  folder = folderWith({ "m.jsonl": manifestOf(4), "partial.jsonl": `${manifestOf(2)}{"id": "bad"}\n`, "e.txt": "none" });
  for (const args of [
    ["m.jsonl", "-o", "out"],
    ["m.jsonl", "-o", "sampled", "--sampler", "permutation", "--budget", "12"],
    ["partial.jsonl", "-o", "partial", "--shard", "0/2"],
  ])
    await run(["batch", ...args], { cwd: folder });
});

describe("merge", () => {
  test("writes every format at once, and the same bytes each time", async () => {
    const files = ["jsonl", "csv", "parquet", "html"].map((ending) => `all.${ending}`);
    const args = ["merge", "out", "--no-run", ...files.flatMap((file) => ["-o", file])];
    const { code, stderr } = await run(args, { cwd: folder });
    expect(code, stderr).toBe(0);
    expect(stderr).toBe("mllm-shap: 4 done, 0 failed, 0 missing\n");
    const before = files.map((file) => readFileSync(join(folder, file)));
    expect(readResults(String(before[0]), "all.jsonl").map(({ run: cost }) => cost)).toEqual([undefined, undefined, undefined, undefined]);
    expect(String(before[1]).split("\r\n")[0]).toMatch(/^id,key,player,/);
    await run(args, { cwd: folder });
    expect(files.map((file) => readFileSync(join(folder, file)))).toEqual(before);
  });

  test("names what is missing and what shards never started; --partial agrees to it", async () => {
    const args = ["merge", "partial", "-o", "partial-all.jsonl", "--missing", "missing.txt"];
    const { code, stderr } = await run(args, { cwd: folder });
    expect(code).toBe(1);
    expect(stderr).toContain("1 done, 1 failed, 1 missing");
    expect(stderr).toMatch(/without a result: bad \(partial\.jsonl:3: .*model/);
    expect(stderr).toContain("1 conversations are of shards that never started");
    expect(readFileSync(join(folder, "missing.txt"), "utf8")).toBe("bad\n");
    expect((await run([...args, "--partial"], { cwd: folder })).code).toBe(0);
  });

  test("warns of a conversation that was recorded twice with other values, and takes the first", async () => {
    const [first] = recordsOf(join(folder, "out/results-0-of-1.jsonl")) as [
      { readonly id: string; readonly players: readonly { readonly value: number }[] },
    ];
    const other = { ...first, players: first.players.map((player) => ({ ...player, value: player.value + 1 })) };
    const twice = folderWith({});
    await run(["batch", "m.jsonl", "-o", join(twice, "out")], { cwd: folder });
    writeFileSync(join(twice, "out/results-0-of-9.jsonl"), jsonLines([other]));
    writeFileSync(join(twice, "out/attempts-0-of-9.jsonl"), jsonLines([{ ...other, attempt: 1, started: "9999-01-01T00:00:00.000Z" }]));
    const { code, stdout, stderr } = await run(["merge", "out", "-o", "-"], { cwd: twice });
    expect(code).toBe(0);
    expect(stderr).toContain(`warning: recorded twice with other values, the first is taken: ${first.id} (`);
    expect(readResults(stdout, "stdout").find((result) => (result as { id?: string }).id === first.id)?.players).toEqual(first.players);
  });

  test.each([
    [["merge", "none", "-o", "x.jsonl"], /none: no such folder/],
    [["merge", ".", "-o", "x.jsonl"], /no batch has been run into this folder/],
    [["merge", "out"], /merge needs -o FILE/],
    [["merge", "out", "-o", "x.yaml"], /its ending names no format; use \.jsonl/],
  ])("refuses %j", async (args, words) => {
    const { code, stderr } = await run(args, { cwd: folder });
    expect(code).toBe(2);
    expect(stderr).toMatch(words);
  });
});

describe("summarize", () => {
  test("sums a folder up, and compares it with another one in pairs", async () => {
    const { code, stdout, stderr } = await run(["summarize", "out", "--against", "sampled"], { cwd: folder });
    expect(code, stderr).toBe(0);
    const { set, by, comparison } = JSON.parse(stdout) as Summary;
    expect(set).toMatchObject({ conversations: 4, models: ["embedded:nano"], samplers: ["exact"] });
    expect(by.role.map(({ group, conversations }) => [group, conversations])).toEqual([["user", 4]]);
    expect(comparison).toMatchObject({ pairs: 4, unpaired: 0, other_players: 0 });
    const spearman = comparison?.rows.find(({ measure }) => measure === "Spearman");
    expect(spearman?.mean.value).toBeGreaterThan(0.5);
  });

  test("takes parts of a set as the set, each conversation once", async () => {
    const lines = readFileSync(join(folder, "out/results-0-of-1.jsonl"), "utf8").trimEnd().split("\n");
    const parts = folderWith({ "a.jsonl": `${lines.slice(0, 3).join("\n")}\n`, "b.jsonl": `${lines.slice(2).join("\n")}\n` });
    const whole = JSON.parse((await run(["summarize", "out"], { cwd: folder })).stdout) as Summary;
    const { code, stdout, stderr } = await run(["summarize", "a.jsonl", "b.jsonl", "--against", "a.jsonl", "--against", "b.jsonl"], {
      cwd: parts,
    });
    expect(code, stderr).toBe(0);
    expect(stderr).toBe("");
    const { set, by, comparison } = JSON.parse(stdout) as Summary;
    expect(set).toEqual({ ...whole.set, name: "a.jsonl and b.jsonl" });
    expect(by).toEqual(whole.by);
    expect(comparison).toMatchObject({ a: "a.jsonl and b.jsonl", pairs: 4, unpaired: 0 });
    const partly = await run(["summarize", "a.jsonl", ".", "--format", "json"], { cwd: parts });
    expect(partly.code, partly.stderr).toBe(0);
    expect(partly.stderr).toBe("warning: .: holds no result, and is left out\n");
    const mixed = await run(["summarize", join(folder, "out"), "a.jsonl", join(folder, "sampled")], { cwd: parts });
    expect(mixed.code).toBe(2);
    expect(mixed.stderr).toMatch(/sampled: has the id of .*out, "c0", and is of another sampler; .*--against compares two sets/);
    const renamed = lines.map((line) => line.replace(/^\{"id":"c/, '{"id":"d').replaceAll('"embedded:nano"', '"embedded:other"'));
    const two = await run(["summarize", "a.jsonl", "-", "--format", "json"], { cwd: parts, input: renamed.join("\n") });
    expect(two.code, two.stderr).toBe(0);
    expect(two.stderr).toContain("warning: these are of 2 models: embedded:nano, embedded:other; means are over all of them");
  });

  test("sums evaluations up", async () => {
    await run(["merge", "out", "-o", "some.jsonl", "-q"], { cwd: folder });
    expect((await run(["evaluate", "some.jsonl", "-o", "e.json", "--rankings", "5", "-q"], { cwd: folder })).code).toBe(0);
    const { code, stderr } = await run(["summarize", "some.jsonl", "--evaluations", "e.json", "-o", "s.tex", "-o", "s.json"], {
      cwd: folder,
    });
    expect(code, stderr).toBe(0);
    const { faithfulness } = JSON.parse(readFileSync(join(folder, "s.json"), "utf8")) as Summary;
    expect(faithfulness?.conversations).toBe(4);
    expect(faithfulness?.metrics.insertion?.over_random.value).toBeGreaterThan(0);
    expect(readFileSync(join(folder, "s.tex"), "utf8")).toContain("% faithfulness of 4 conversations");
  });

  test.each([
    [["summarize"], /missing required argument 'results'/],
    [["summarize", "-", "-"], /-: standard input is read once/],
    [["summarize", "none.jsonl"], /none\.jsonl: no such file/],
    [["summarize", "m.jsonl"], /m\.jsonl:1: not a valid mllm-shap\/result@1/],
    [["summarize", "out", "--confidence", "2"], /--confidence 2: must lie between 0 and 1/],
    [["summarize", "out", "--evaluations", "m.jsonl"], /m\.jsonl\[0\]: is no mllm-shap\/evaluation@1/],
    [["summarize", "out", "--evaluations", "e.txt"], /e\.txt: is not JSON/],
    [["summarize", "out", "--evaluations", "sampled"], /sampled: holds no evaluations/],
    [["summarize", "out", "--against-evaluations", "e.json"], /--evaluations names the first/],
  ])("refuses %j", async (args, words) => {
    const { code, stderr } = await run(args, { cwd: folder });
    expect(code).toBe(2);
    expect(stderr).toMatch(words);
  });
});

test("--redact leaves no text of a conversation in what is written or told", async () => {
  const secret = "zanzibar";
  const bad = conversation(1, { explain: { players: "word", groups: [{ name: secret, phrase: secret }] } });
  const hidden = folderWith({ "m.jsonl": jsonLines([conversation(0), bad, { ...conversation(2), [secret]: secret }]) });
  const { code, stderr } = await run(["batch", "m.jsonl", "-o", "out", "--redact"], { cwd: hidden });
  expect(code).toBe(1);
  const written = ["results", "failures", "attempts"]
    .map((kind) => readFileSync(join(hidden, `out/${kind}-0-of-1.jsonl`), "utf8"))
    .join("");
  expect(stderr + written).not.toContain(secret);
  expect(written).not.toContain("kitchen");
});

test("--progress json is one object a line on stderr", async () => {
  const { stderr } = await run(["batch", "m.jsonl", "-o", "again", "--progress", "json"], { cwd: folder });
  const last =
    stderr
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .at(-1) ?? "{}";
  expect(JSON.parse(last)).toMatchObject({ total: 4, done: 4, failed: 0, left: 0, seconds_left: 0 });
});
