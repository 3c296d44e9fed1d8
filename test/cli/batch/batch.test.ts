import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readResults } from "../../../src/results/read_result.js";
import { CONFIGS, finished, folderWith, LIGHT, run, start } from "../run.js";
import { conversation, idsIn, jsonLines, longConversation, manifestOf, recordsOf, until } from "./conversations.js";

/** Scores answers, and kills whoever started it where the answer speaks of a fan. */
const KILLER = `
const lines = require("fs").readFileSync(0, "utf8").trim().split("\\n").map((line) => JSON.parse(line));
if (lines.some(({ target }) => target.text.includes("fan"))) process.kill(process.ppid, "SIGKILL");
else for (const { text } of lines) console.log(text.length);
`;

const results = (folder: string, name = "results-0-of-1.jsonl") => recordsOf(join(folder, "out", name));
const pidsBelow = (pid: number): readonly number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);
const lives = (pid: number): boolean => existsSync(`/proc/${pid}`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));

describe("batch", () => {
  test("explains every conversation of a manifest once, and a second run none", async () => {
    const folder = folderWith({ "m.jsonl": manifestOf(5) });
    const first = await run(["batch", "m.jsonl", "-o", "out", "--workers", "2"], { cwd: folder });
    expect(first).toMatchObject({ code: 0, stdout: "" });
    expect(first.stderr).toContain("5 of 5 conversations have results, 0 failed, 0 left");
    expect(idsIn(join(folder, "out"))).toEqual(["c0", "c1", "c2", "c3", "c4"]);
    const text = readFileSync(join(folder, "out/results-0-of-1.jsonl"), "utf8");
    expect(readResults(text, "results")).toHaveLength(5);
    for (const record of results(folder)) expect(Object.keys(record).slice(0, 3)).toEqual(["id", "key", "schema"]);
    const second = await run(["batch", "m.jsonl", "-o", "out"], { cwd: folder });
    expect(second.code).toBe(0);
    expect(readFileSync(join(folder, "out/results-0-of-1.jsonl"), "utf8")).toBe(text);
    expect(recordsOf(join(folder, "out/attempts-0-of-1.jsonl"))).toHaveLength(5);
    expect(JSON.parse(readFileSync(join(folder, "out/progress-0-of-1.json"), "utf8"))).toMatchObject({
      total: 5,
      done: 5,
      failed: 0,
      left: 0,
    });
  });

  test("gives what explain gives", async () => {
    const folder = folderWith({ "a.yaml": LIGHT });
    const alone = await run(["explain", "a.yaml", "--format", "jsonl", "--no-run"], { cwd: folder });
    await run(["batch", "a.yaml", "-o", "out", "--no-run", "-q"], { cwd: folder });
    const [{ id, key, ...result }] = results(folder) as [Record<string, unknown>];
    expect(id).toBe("a.yaml");
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    expect(result).toEqual(JSON.parse(alone.stdout));
  });

  test("keeps each conversation's archive where it is asked to: the bytes that explain keeps, which rescore takes", async () => {
    const folder = folderWith({ "a.yaml": LIGHT });
    const alone = await run(["explain", "a.yaml", "-q", "--archive", "a.mshap", "-o", "a.json"], { cwd: folder });
    expect(alone.code, alone.stderr).toBe(0);
    const batch = await run(["batch", "a.yaml", "-o", "out", "--archive", "-q"], { cwd: folder });
    expect(batch.code, batch.stderr).toBe(0);
    const [{ key }] = results(folder) as [{ readonly key: string }];
    const archive = join("out/archives", key.slice(0, 2), `${key}.mshap`);
    expect(readFileSync(join(folder, archive)).equals(readFileSync(join(folder, "a.mshap")))).toBe(true);
    expect((await run(["rescore", archive, "-q", "--normalizer", "identity", "--format", "json"], { cwd: folder })).code).toBe(0);
    for (const [flag, says] of [
      [["--redact"], "--archive: an archive holds the conversation"],
      [["--queue", "redis://localhost:1"], "--archive goes without --queue"],
    ] as const) {
      const refused = await run(["batch", "a.yaml", "-o", "out2", "--archive", ...flag], { cwd: folder });
      expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining(says) as unknown });
    }
  });

  test("reads specs by folder, pattern, list and standard input", async () => {
    const folder = folderWith({ "a.yaml": LIGHT, "list.txt": "a.yaml\nsub/b.yaml\n" });
    mkdirSync(join(folder, "sub"));
    writeFileSync(join(folder, "sub/b.yaml"), LIGHT.replace("light", "lamp"));
    for (const [name, args, input] of [
      ["folder", ["."], ""],
      ["pattern", ["**/*.yaml"], ""],
      ["list", ["list.txt"], ""],
      ["several", ["a.yaml", "sub/b.yaml"], ""],
      ["stdin", ["-"], '{"id": "a.yaml", "spec": "a.yaml"}\n{"id": "sub/b.yaml", "spec": "sub/b.yaml"}\n'],
    ] as const) {
      const { code, stderr } = await run(["batch", ...args, "-o", `out-${name}`], { cwd: folder, input });
      expect({ code, name }, stderr).toEqual({ code: 0, name });
      expect(idsIn(join(folder, `out-${name}`))).toHaveLength(2);
    }
    expect(idsIn(join(folder, "out-folder"))).toEqual(["a.yaml", "sub/b.yaml"]);
  });

  test("a line that is no spec fails by itself, at once and for good", async () => {
    const folder = folderWith({ "m.jsonl": `{"model": {}}\nnot json {\n${manifestOf(1)}` });
    const { code, stderr } = await run(["batch", "m.jsonl", "-o", "out"], { cwd: folder });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^mllm-shap: m\.jsonl:1: .*model/m);
    expect(stderr).toMatch(/^mllm-shap: m\.jsonl:2: .*no such file/m);
    expect(stderr).toContain("1 of 3 conversations have results, 2 failed, 0 left");
    expect(recordsOf(join(folder, "out/failures-0-of-1.jsonl"))).toMatchObject([{ permanent: true }, { permanent: true }]);
  });

  test.each([
    [["batch", "m.jsonl"], /needs -o FOLDER/],
    [["batch", "none.jsonl", "-o", "out"], /none\.jsonl: no such file/],
    [["batch", "m.bin", "-o", "out"], /m\.bin: is no manifest; give a folder/],
    [["batch", "t.csv", "-o", "out"], /t\.csv: a table needs --spec FILE/],
    [["batch", "m.jsonl", "-o", "out", "--spec", "a.yaml"], /m\.jsonl: holds specs; --spec is for tables/],
    [["batch", "m.jsonl", "-o", "out", "--shard", "3/3"], /3 shards are counted from 0 to 2/],
    [["batch", "m.jsonl", "-o", "out", "--shard", "auto"], /no array job's variables are set/],
    [["batch", "m.jsonl", "-o", "out", "--workers", "0"], /--workers 0: must be a whole number from 1/],
    [["batch", "twice.jsonl", "-o", "out"], /twice\.jsonl:2: has the id of twice\.jsonl:1, "c0", and is another conversation/],
  ])("refuses %j with exit code 2", async (args, words) => {
    const twice = jsonLines([conversation(0), { ...conversation(1), id: "c0" }]);
    const folder = folderWith({ "a.yaml": LIGHT, "m.jsonl": manifestOf(1), "t.csv": "a\n1\n", "twice.jsonl": twice });
    const { code, stderr } = await run(args, { cwd: folder });
    expect(code).toBe(2);
    expect(stderr).toMatch(words);
  });

  test("a conversation that kills its process takes no other along, and is given up after three starts", async () => {
    const folder = folderWith({ "m.jsonl": manifestOf(6), "killer.cjs": KILLER });
    const args = ["batch", "m.jsonl", "-o", "out", "--workers", "2", "--payoff-command", `${process.execPath} killer.cjs`];
    const { code, stderr } = await run(args, { cwd: folder });
    expect(code, stderr).toBe(1);
    expect(stderr).toMatch(/^mllm-shap: m\.jsonl:5: its process ended/m);
    expect(idsIn(join(folder, "out"))).toEqual(["c0", "c1", "c2", "c3", "c5"]);
    const failures = recordsOf(join(folder, "out/failures-0-of-1.jsonl"));
    expect(failures.map(({ id, attempt, kind }) => [id, attempt, kind])).toEqual([1, 2, 3].map((attempt) => ["c4", attempt, "killed"]));
    const again = await run(args, { cwd: folder });
    expect(again.code).toBe(1);
    expect(again.stderr).toContain("m.jsonl:5: given up earlier");
    expect(recordsOf(join(folder, "out/failures-0-of-1.jsonl"))).toHaveLength(3);
    const retried = await run([...args, "--retry-failed", "--max-attempts", "1"], { cwd: folder });
    expect(retried.code).toBe(1);
    expect(recordsOf(join(folder, "out/failures-0-of-1.jsonl"))).toHaveLength(4);
  });

  test("stops with 75, and blames none, where ten in a row fail alike", async () => {
    const missing = { model: { repo: "no-such/model" } };
    const folder = folderWith({ "m.jsonl": jsonLines(Array.from({ length: 14 }, (_, i) => conversation(i, missing))) });
    for (let round = 0; round < 4; round++) {
      const { code, stderr } = await run(["batch", "m.jsonl", "-o", "out", "--offline"], { cwd: folder });
      expect(code, stderr).toBe(75);
      expect(stderr).toContain("stopped: 10 conversations in a row failed alike");
    }
  });
});

describe("shards", () => {
  test("cover every conversation once, however many there are from run to run", async () => {
    const folder = folderWith({ "m.jsonl": manifestOf(9) });
    const shard = (words: string) => run(["batch", "m.jsonl", "-o", "out", "--shard", words], { cwd: folder });
    expect((await shard("1/3")).code).toBe(0);
    expect(idsIn(join(folder, "out"))).toEqual(["c1", "c4", "c7"]);
    for (let i = 0; i < 5; i++) expect((await shard(`${i}/5`)).code).toBe(0);
    expect(idsIn(join(folder, "out"))).toEqual(Array.from({ length: 9 }, (_, i) => `c${i}`));
    const { code, stdout } = await run(["merge", "out", "-o", "-"], { cwd: folder });
    expect(code).toBe(0);
    expect(readResults(stdout, "stdout").map((result) => (result as { id?: string }).id)).toEqual(
      Array.from({ length: 9 }, (_, i) => `c${i}`),
    );
  });

  test("are found in an array job", async () => {
    const folder = folderWith({ "m.jsonl": manifestOf(4) });
    const env = { SLURM_ARRAY_TASK_ID: "3", SLURM_ARRAY_TASK_MIN: "1", SLURM_ARRAY_TASK_STEP: "2", SLURM_ARRAY_TASK_COUNT: "2" };
    const { code, stderr } = await run(["batch", "m.jsonl", "-o", "out"], { cwd: folder, env });
    expect(code, stderr).toBe(0);
    expect(stderr).toContain("shard 1 of 2: Slurm (SLURM_ARRAY_TASK_ID=3 ");
    expect(idsIn(join(folder, "out"))).toEqual(["c1", "c3"]);
  });

  test("have one writer: a second leaves with 75, and a dead one's lock is taken over", async () => {
    const folder = folderWith({ "m.jsonl": jsonLines([longConversation(0), longConversation(1)]) });
    const cache = { MLLM_SHAP_CACHE: folderWith({}) };
    const child = start(["batch", "m.jsonl", "-o", "out"], { cwd: folder, env: cache });
    const end = finished(child);
    await until(() => existsSync(join(folder, "out/attempts-0-of-1.jsonl")), "the first attempt");
    const second = await run(["batch", "m.jsonl", "-o", "out"], { cwd: folder, env: cache });
    child.kill("SIGKILL");
    await end;
    // On a machine that is fast enough the first is done by then.
    if (idsIn(join(folder, "out")).length < 2) {
      expect(second.code).toBe(75);
      expect(second.stderr).toContain(`process ${child.pid} on ${hostname()} works on this shard; if that is not so, --take-over takes it`);
    }
    const third = await run(["batch", "m.jsonl", "-o", "out"], { cwd: folder, env: cache });
    expect(third.code, third.stderr).toBe(0);
    expect(idsIn(join(folder, "out"))).toEqual(["c0", "c1"]);
  });
});

describe("a batch that is ended", () => {
  test("by kill -9 leaves no process behind, and goes on to the bytes of one that was not", async () => {
    const folder = folderWith({ "m.jsonl": manifestOf(8) });
    // Each has a memory of its own: whoever is killed goes on with what it remembers.
    const whole = await run(["batch", "m.jsonl", "-o", "whole", "--no-run"], { cwd: folder });
    expect(whole.code).toBe(0);
    const cache = { MLLM_SHAP_CACHE: folderWith({}) };
    let kills = 0;
    for (let done = false; !done; ) {
      const child = start(["batch", "m.jsonl", "-o", "out", "--no-run", "--workers", "2", "--max-attempts", "50"], {
        cwd: folder,
        env: cache,
      });
      const end = finished(child);
      let below: readonly number[] = [];
      const seen = setInterval(() => {
        if (child.pid !== undefined && lives(child.pid)) below = pidsBelow(child.pid);
      }, 20);
      const timer = setTimeout(() => child.kill("SIGKILL"), 700 + 300 * kills);
      const { code } = await end;
      clearTimeout(timer);
      clearInterval(seen);
      done = code === 0;
      if (!done) kills++;
      await until(() => below.every((pid) => !lives(pid)), "worker processes to end", 5_000);
    }
    expect(kills).toBeGreaterThan(0);
    for (const name of ["whole", "out"]) expect((await run(["merge", name, "-o", `${name}.jsonl`], { cwd: folder })).code).toBe(0);
    expect(readFileSync(join(folder, "out.jsonl"), "utf8")).toBe(readFileSync(join(folder, "whole.jsonl"), "utf8"));
  });

  test("by a kill in mid-write has its torn line cut off", async () => {
    const folder = folderWith({ "m.jsonl": manifestOf(3) });
    await run(["batch", "m.jsonl", "-o", "out", "--no-run"], { cwd: folder });
    const file = join(folder, "out/results-0-of-1.jsonl");
    const whole = readFileSync(file, "utf8");
    writeFileSync(file, whole.slice(0, -200));
    appendFileSync(join(folder, "out/attempts-0-of-1.jsonl"), '{"key":"torn');
    const { code } = await run(["batch", "m.jsonl", "-o", "out", "--no-run"], { cwd: folder });
    expect(code).toBe(0);
    expect(readFileSync(file, "utf8")).toBe(whole);
  });

  test.each(["SIGTERM", "SIGINT"] as const)("by %s ends within 5 s, holds it against no conversation and goes on", async (signal) => {
    const folder = folderWith({ "m.jsonl": jsonLines([longConversation(0), conversation(1)]) });
    const env = { MLLM_SHAP_CACHE: folderWith({}) };
    const args = ["batch", "m.jsonl", "-o", "out", "--max-attempts", "1"];
    const child = start(args, { cwd: folder, env });
    const end = finished(child);
    await until(() => recordsOf(join(folder, "out/attempts-0-of-1.jsonl")).length > 0, "the first attempt");
    await new Promise((resolve) => setTimeout(resolve, 700));
    const asked = Date.now();
    child.kill(signal);
    const { code, stderr } = await end;
    expect(Date.now() - asked).toBeLessThan(5_000);
    expect(code).toBe(signal === "SIGTERM" ? 143 : 130);
    expect(stderr).toContain("the same command goes on from there");
    expect(recordsOf(join(folder, "out/attempts-0-of-1.jsonl")).at(-1)).toMatchObject({ forgiven: "interrupted" });
    expect((await run(args, { cwd: folder, env })).code).toBe(0);
    expect(idsIn(join(folder, "out"))).toEqual(["c0", "c1"]);
  });
});

describe("tables", () => {
  test("CSV rows fill in a spec", async () => {
    const spec = `id: "{{name}}"\nmodel: {connector: transformers-text, repo: "embedded:nano"}\nmessages:\n  - {role: user, content: "turn {{state}} the {{ thing }}"}\nexplain: {players: word, seed: "{{seed}}"}\n`;
    const folder = folderWith({
      "t.csv": 'name,state,thing,seed\nx,on,"lamp, please",1\ny,off,radio,2\n',
      "spec.yaml": spec.replace(', seed: "{{seed}}"', ""),
    });
    const { code, stderr } = await run(["batch", "t.csv", "--spec", "spec.yaml", "-o", "out"], { cwd: folder });
    expect(code, stderr).toBe(0);
    expect(results(folder).map(({ id }) => id)).toEqual(["x", "y"]);
    expect(JSON.stringify(results(folder)[0]?.spec)).toContain("turn on the lamp, please");
    const bad = await run(["batch", "t.csv", "--spec", "spec.yaml", "-o", "bad", "--set", "explain.players=words"], { cwd: folder });
    expect(bad.code).toBe(1);
    expect(bad.stderr).toMatch(/t\.csv row 0: --set explain\.players=words/);
  });

  test("Parquet rows do, with the sound in them, as Hugging Face data sets hold it", async () => {
    const { parquetWriteBuffer } = await import("hyparquet-writer");
    const sound = new Uint8Array(readFileSync(join(CONFIGS, "audio/kitchen-light.wav")));
    const table = parquetWriteBuffer({
      columnData: [
        { name: "file_name", data: ["a", "b"], type: "STRING" },
        { name: "audio", data: [sound, sound], type: "BYTE_ARRAY" },
        { name: "said", data: ["turn on the kitchen light", "turn on the kitchen light"], type: "STRING" },
      ],
    });
    const spec = `id: "{{file_name}}"\nmodel: {connector: liquid-audio, repo: "embedded:nano"}\nmessages:\n  - role: user\n    content: [{type: audio, path: "{{audio}}", transcript: "{{said}}"}]\nexplain: {players: word}\n`;
    const folder = folderWith({ "t.parquet": new Uint8Array(table), "spec.yaml": spec });
    const { code, stderr } = await run(["batch", "t.parquet", "--spec", "spec.yaml", "-o", "out"], { cwd: folder });
    expect(code, stderr).toBe(0);
    // Two ids of one conversation are one piece of work, and two lines of the whole.
    expect(results(folder)).toHaveLength(1);
    const merged = await run(["merge", "out", "-o", "-"], { cwd: folder });
    expect(
      merged.stdout
        .trim()
        .split("\n")
        .map((line) => (JSON.parse(line) as { id: string }).id),
    ).toEqual(["a", "b"]);
  });
});
