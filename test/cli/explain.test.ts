import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Papa from "papaparse";
import { describe, expect, test } from "vitest";
import type { Result } from "../../src/results/result_schema.js";
import { CONFIGS, folderWith, LIGHT, run, spec, withoutProgress } from "./run.js";

const json = (text: string) => JSON.parse(text) as Result;

describe("explain", () => {
  test("the demo: the three deciding words stand out, values sum exactly, two runs give the same bytes", async () => {
    const args = ["explain", "demo.yaml", "--no-run", "-q"];
    const [first, second] = [await run(args, { cwd: CONFIGS }), await run(args, { cwd: CONFIGS })];
    expect(first).toMatchObject({ code: 0, stderr: "" });
    expect(second.stdout).toBe(first.stdout);
    const { players, payoff, run: cost, response } = json(first.stdout);
    expect(cost).toBeUndefined();
    expect(response.text).toBe("turning on the kitchen light");
    const ranked = players.toSorted((a, b) => b.value - a.value).map(({ text }) => text);
    expect(ranked.slice(0, 3).sort()).toEqual(["kitchen", "light", "on"]);
    expect(Math.abs(payoff.sum_of_values - (payoff.full - payoff.empty))).toBeLessThan(1e-9);
  });

  test("one format per -o; stdout stays empty; --csv column sums to the payoff difference", async () => {
    const folder = folderWith({ "conv.yaml": LIGHT });
    const { code, stdout, stderr } = await run(["explain", "conv.yaml", "-o", "a.json", "-o", "b.csv", "-o", "c.jsonl", "-o", "d.txt"], {
      cwd: folder,
    });
    expect({ code, stdout, stderr: withoutProgress(stderr) }).toEqual({
      code: 0,
      stdout: "",
      stderr: "wrote a.json\nwrote b.csv\nwrote c.jsonl\nwrote d.txt\n",
    });
    const read = (name: string) => readFileSync(join(folder, name), "utf8");
    const result = json(read("a.json"));
    expect(json(read("c.jsonl"))).toEqual(result);
    const rows = Papa.parse<Record<string, string>>(read("b.csv"), { header: true, skipEmptyLines: true }).data;
    const sum = rows.reduce((total, row) => total + Number(row.value), 0);
    expect(sum).toBeCloseTo(result.payoff.full - result.payoff.empty, 9);
    expect(read("d.txt")).toContain("kitchen");
    expect(read("d.txt")).not.toContain("\u001b");
  });

  test("flags and --set override the spec and stand in the result", async () => {
    const folder = folderWith({ "conv.yaml": LIGHT });
    const { stdout } = await run(
      ["explain", "conv.yaml", "--seed", "7", "--set", "messages.0.content=turn on the fan", "--set", "explain.seed=8"],
      { cwd: folder },
    );
    const { spec: source, response } = json(stdout);
    expect(source.resolved).toMatchObject({ explain: { seed: 8 }, messages: [{ content: [{ text: "turn on the fan" }] }] });
    expect(response.text).toContain("fan");
  });

  test("standard input, and a model folder named on the command line", async () => {
    const folder = folderWith({});
    const nano = join(CONFIGS, "../fixtures/models/nano/text");
    const { code, stdout } = await run(["explain", "-", "--repo", nano], { cwd: folder, input: LIGHT });
    expect(code).toBe(0);
    expect(json(stdout)).toMatchObject({ spec: { path: null }, model: { repo: nano } });
  });

  test("several specs: the rest goes on after a failure, which is told and summed up", async () => {
    const folder = folderWith({ "a.yaml": LIGHT, "b.yaml": "model: {}", "c.yaml": spec("turn on the lamp") });
    const { code, stdout, stderr } = await run(["explain", "a.yaml", "b.yaml", "c.yaml", "--format", "jsonl", "-q"], { cwd: folder });
    expect(code).toBe(1);
    expect(
      stdout
        .trim()
        .split("\n")
        .map((line) => json(line).spec.path),
    ).toEqual(["a.yaml", "c.yaml"]);
    expect(stderr).toBe('mllm-shap: b.yaml:1:8: missing key "repo" in model\nmllm-shap: 2 of 3 specs explained\n');
    const fast = await run(["explain", "a.yaml", "b.yaml", "c.yaml", "--format", "jsonl", "-q", "--fail-fast"], { cwd: folder });
    expect(fast.code).toBe(1);
    expect(fast.stdout.trim().split("\n")).toHaveLength(1);
  });

  test("--redact leaves no text of the conversation", async () => {
    const folder = folderWith({ "conv.yaml": LIGHT });
    const { stdout } = await run(["explain", "conv.yaml", "--redact"], { cwd: folder });
    expect(stdout).not.toMatch(/kitchen|turning/);
    expect(json(stdout).players.length).toBe(5);
  });

  test("a payoff command scores answers, and only from the command line", async () => {
    const folder = folderWith({ "conv.yaml": LIGHT });
    const script =
      'let t="";process.stdin.on("data",d=>t+=d).on("end",()=>{for(const l of t.trim().split("\\n"))console.log(JSON.parse(l).text.split(" ").length)})';
    const { code, stdout } = await run(["explain", "conv.yaml", "--payoff-command", JSON.stringify([process.execPath, "-e", script])], {
      cwd: folder,
    });
    expect(code).toBe(0);
    expect(json(stdout)).toMatchObject({ explainer: { payoff: "command" }, payoff: { full: 5 } });
  });

  test("--trace keeps the estimates of every round", async () => {
    const folder = folderWith({
      "conv.yaml": spec("could you please turn on the kitchen light", "{players: word, sampler: permutation, budget: 100, trace: true}"),
    });
    const { trace } = json((await run(["explain", "conv.yaml"], { cwd: folder })).stdout);
    expect(trace?.length).toBeGreaterThan(0);
    expect(trace?.at(-1)?.values).toHaveLength(8);
  });

  test("one conversation at a time, without guessing, gives the same values", async () => {
    const args = ["explain", "payoff-tfidf.yaml", "-q", "--no-cache"];
    const fast = json((await run(args, { cwd: CONFIGS })).stdout);
    const plain = json((await run([...args, "--no-speculation", "--batch-size", "1"], { cwd: CONFIGS })).stdout);
    expect(plain.spec.resolved).toMatchObject({ run: { speculation: false, batch_size: 1 } });
    expect(plain.players).toEqual(fast.players);
  });

  test("a spec of another folder finds its files from there", async () => {
    const folder = folderWith({});
    mkdirSync(join(folder, "deep"));
    writeFileSync(join(folder, "deep/conv.yaml"), LIGHT);
    const { stdout } = await run(["explain", "deep/conv.yaml", "-o", "out.json"], { cwd: folder });
    expect(stdout).toBe("");
    expect(json(readFileSync(join(folder, "out.json"), "utf8")).spec.path).toBe("deep/conv.yaml");
  });
});

describe("presets", () => {
  const local = readdirSync(CONFIGS).filter(
    (name) => name.endsWith(".yaml") && !readFileSync(join(CONFIGS, name), "utf8").includes("--allow-download"),
  );

  test("those that need no download run as they are", async () => {
    expect(local).toContain("sampler-permutation.yaml");
    const { code, stderr, stdout } = await run(["explain", ...local, "-q", "--format", "jsonl"], { cwd: CONFIGS });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const results = stdout.trim().split("\n").map(json);
    expect(results.map(({ spec }) => spec.path)).toEqual(local);
    for (const { spec, players, explainer } of results) {
      expect(players.length, String(spec.path)).toBeGreaterThan(3);
      const named = /^sampler-(.*)\.yaml$/.exec(String(spec.path))?.[1];
      if (named !== undefined) expect(explainer.sampler).toBe(named);
    }
  }, 300_000);
});

describe("inspect", () => {
  test("tells tokens, players and cost without explaining", async () => {
    const { code, stdout } = await run(["inspect", "groups.yaml"], { cwd: CONFIGS });
    const { players, tokens, cost, answer } = JSON.parse(stdout);
    expect(code).toBe(0);
    expect(players.map((player: { text: string }) => player.text)).toEqual(["politeness", "turn", "on", "the", "place", "light"]);
    expect(tokens.map((token: { text: string }) => token.text).join("")).toContain("could you please turn on the kitchen light");
    expect(cost).toMatchObject({ sampler: "exact", coalitions: 64 });
    expect(answer).toBe("turning on the kitchen light");
  });

  test("--no-cost asks the model nothing", async () => {
    const { stdout } = await run(["inspect", "demo.yaml", "--no-cost"], { cwd: CONFIGS });
    expect(JSON.parse(stdout)).toMatchObject({ cost: null, answer: null });
  });

  test("a bad spec is refused as by explain", async () => {
    const folder = folderWith({ "conv.yaml": "model: {}" });
    const { code, stderr, stdout } = await run(["inspect", "conv.yaml"], { cwd: folder });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^mllm-shap: conv\.yaml:1:8: missing key "repo" in model\n$/);
  });
});
