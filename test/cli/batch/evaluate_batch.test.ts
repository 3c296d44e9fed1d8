import { appendFileSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { Summary } from "../../../src/results/summary/summary.js";
import { CONFIGS, finished, folderWith, run, start } from "../run.js";
import { conversation, idsIn, jsonLines, longConversation, manifestOf, recordsOf, until } from "./conversations.js";

let folder = "";
const EVALUATE = ["--rankings", "5", "--no-run"] as const;
/** Its sound lies beside it. */
const HEARD = `model: {connector: liquid-audio, repo: "embedded:nano"}
messages:
  - role: user
    content: [{type: audio, path: light.wav, transcript: turn on the kitchen light}]
explain: {players: word}
`;
const results = (name: string) => join(folder, name, "results-0-of-1.jsonl");

beforeAll(async () => {
  folder = folderWith({ "m.jsonl": manifestOf(5) });
  await run(["batch", "m.jsonl", "-o", "out", "--no-run", "-q"], { cwd: folder });
  await run(["batch", "m.jsonl", "-o", "sampled", "--sampler", "permutation", "--budget", "8", "--no-run", "-q"], { cwd: folder });
  await run(["merge", "out", "-o", "all.jsonl", "-q"], { cwd: folder });
  await run(["evaluate", "out", "-o", "scores", "--workers", "2", ...EVALUATE, "-q"], { cwd: folder });
});

describe("evaluate of many results", () => {
  test("gives each result what evaluate gives it alone, in worker processes", async () => {
    expect(idsIn(join(folder, "scores"))).toEqual(["c0", "c1", "c2", "c3", "c4"]);
    const alone = await run(["evaluate", "all.jsonl", ...EVALUATE, "--format", "json"], { cwd: folder });
    const byId = new Map((JSON.parse(alone.stdout) as { readonly id: string }[]).map((one) => [one.id, one]));
    for (const { key, ...evaluation } of recordsOf(results("scores"))) {
      expect(key).toMatch(/^[0-9a-f]{64}$/);
      expect(evaluation).toEqual(byId.get(String(evaluation.id)));
    }
  });

  test("evaluates none again, whether results come from the folder or from what was merged of it", async () => {
    const before = readFileSync(results("scores"), "utf8");
    for (const from of ["out", "all.jsonl"]) {
      const { code, stderr } = await run(["evaluate", from, "-o", "scores", "--workers", "2", ...EVALUATE], { cwd: folder });
      expect({ code, stderr }).toEqual({ code: 0, stderr: "mllm-shap: 5 of 5 results have evaluations, 0 failed, 0 left\n" });
    }
    expect(readFileSync(results("scores"), "utf8")).toBe(before);
    expect(recordsOf(join(folder, "scores/attempts-0-of-1.jsonl"))).toHaveLength(5);
  });

  test("another payoff is another evaluation", async () => {
    await run(["evaluate", "out", "-o", "scores", "--payoff", "exact-match", ...EVALUATE, "-q"], { cwd: folder });
    expect(recordsOf(results("scores"))).toHaveLength(10);
    // What was asked last is what counts.
    const { code } = await run(["merge", "scores", "-o", "exact.jsonl", "-q"], { cwd: folder });
    expect(code).toBe(0);
    const kinds = recordsOf(join(folder, "exact.jsonl")).map(({ payoff }) => (payoff as { readonly kind: string }).kind);
    expect(kinds).toEqual(Array.from({ length: 5 }, () => "exact-match"));
    await run(["evaluate", "out", "-o", "scores", ...EVALUATE, "-q"], { cwd: folder });
  });

  test("works in shards, which merge puts together in the order of the results", async () => {
    for (const shard of ["1/2", "0/2"])
      expect((await run(["evaluate", "out", "-o", "halves", "--shard", shard, ...EVALUATE, "-q"], { cwd: folder })).code).toBe(0);
    for (const name of ["halves", "scores"]) {
      const { code } = await run(["merge", name, "-o", `${name}.jsonl`, "-o", `${name}.csv`, "-q"], { cwd: folder });
      expect(code).toBe(0);
    }
    expect(readFileSync(join(folder, "halves.jsonl"), "utf8")).toBe(readFileSync(join(folder, "scores.jsonl"), "utf8"));
    expect(readFileSync(join(folder, "halves.csv"), "utf8").split("\r\n")[1]).toMatch(/^c0,embedded:nano,exact,likelihood,/);
  });

  test("a result of another model fails by itself, and is told", async () => {
    const [first, second] = recordsOf(join(folder, "all.jsonl"));
    const other = { ...second, model: { ...(second?.model as object), sha256: { "model.onnx": "0".repeat(64) } } };
    writeFileSync(join(folder, "mixed.jsonl"), jsonLines([first, other]));
    const { code, stderr } = await run(["evaluate", "mixed.jsonl", "-o", "mixed", "--workers", "1", ...EVALUATE], { cwd: folder });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^mllm-shap: c1: the model is not the one that was explained/m);
    expect(idsIn(join(folder, "mixed"))).toEqual(["c0"]);
    expect(recordsOf(join(folder, "mixed/failures-0-of-1.jsonl"))).toMatchObject([{ id: "c1", permanent: true }]);
  });

  test("goes on after a kill, a torn line included, to the same bytes", async () => {
    const one = folderWith({ "long.jsonl": jsonLines([longConversation(0), conversation(1), conversation(2)]) });
    await run(["batch", "long.jsonl", "-o", "out", "--no-run", "-q", "--sampler", "permutation", "--budget", "30"], { cwd: one });
    const args = (name: string) => ["evaluate", "out", "-o", name, "--rankings", "300", "--no-run", "--no-cache", "-q"];
    const child = start(args("killed"), { cwd: one });
    const attempts = join(one, "killed/attempts-0-of-1.jsonl");
    await until(() => recordsOf(attempts).length > 0, "a first start");
    child.kill("SIGKILL");
    await finished(child);
    appendFileSync(join(one, "killed/results-0-of-1.jsonl"), '{"id":"c1","key":"');
    expect((await run(args("killed"), { cwd: one })).code).toBe(0);
    expect((await run(args("whole"), { cwd: one })).code).toBe(0);
    expect(recordsOf(attempts).length).toBeGreaterThan(3);
    for (const name of ["killed", "whole"]) await run(["merge", name, "-o", `${name}.jsonl`, "-q"], { cwd: one });
    expect(readFileSync(join(one, "killed.jsonl"), "utf8")).toBe(readFileSync(join(one, "whole.jsonl"), "utf8"));
  });

  test("specs of folders below find their sounds there", async () => {
    const sounding = folderWith({});
    mkdirSync(join(sounding, "specs/sub"), { recursive: true });
    copyFileSync(join(CONFIGS, "audio/kitchen-light.wav"), join(sounding, "specs/sub/light.wav"));
    writeFileSync(join(sounding, "specs/sub/a.yaml"), HEARD);
    await run(["batch", "specs", "-o", "out", "-q"], { cwd: sounding });
    expect((await run(["evaluate", "out", "-o", "scores", ...EVALUATE, "-q"], { cwd: sounding })).code).toBe(0);
    expect(idsIn(join(sounding, "scores"))).toHaveLength(1);
  });

  test.each([
    [["evaluate", "out"], /need -o FOLDER/],
    [["evaluate", "all.jsonl", "--workers", "2"], /need -o FOLDER/],
    [["evaluate", "out", "-o", "sampled"], /holds results of batch; evaluations need a folder of their own/],
    [["batch", "m.jsonl", "-o", "scores"], /holds evaluations; results of batch need a folder of their own/],
    [["evaluate", "out", "-o", "x", "--format", "json"], /--format: .*merge writes files/],
    [["evaluate", "m.jsonl", "-o", "x", "--workers", "2"], /not a valid mllm-shap\/result@1/],
    [["evaluate", "scores", "-o", "x"], /holds evaluations, no results/],
    [["evaluate", "out", "-o", "x", "--folder", "none"], /there is no folder/],
    [["merge", "scores", "--evaluations", "scores", "-o", "x.csv"], /holds evaluations itself/],
    [["merge", "out", "--evaluations", "m.jsonl", "-o", "x.html"], /m\.jsonl\[0\]: is no mllm-shap\/evaluation@1/],
    [["merge", "scores", "-o", "x.parquet"], /its ending names no format; use \.jsonl/],
  ])("refuses %j with exit code 2", async (args, words) => {
    const { code, stderr } = await run(args, { cwd: folder });
    expect(code).toBe(2);
    expect(stderr).toMatch(words);
  });
});

test("merge puts evaluations beside results: the page shows them, JSON Lines hold them, other results have none", async () => {
  const args = ["merge", "out", "--evaluations", "scores", "-o", "with.html", "-o", "with.jsonl", "-o", "plain.csv", "-q"];
  expect((await run(args, { cwd: folder })).code).toBe(0);
  const html = readFileSync(join(folder, "with.html"), "utf8");
  expect(html.match(/<section class="faithfulness">/g)).toHaveLength(5);
  expect(html.includes("insertion (higher is better)")).toBe(true);
  const [first] = recordsOf(join(folder, "with.jsonl")) as { readonly id: string; readonly evaluation: Record<string, unknown> }[];
  const own = recordsOf(results("scores")).findLast(
    ({ id, payoff }) => id === first?.id && (payoff as { kind: string }).kind === "likelihood",
  );
  expect(first?.evaluation).toEqual(own);
  // Explanations by another sampler have the same ids, and other evaluations.
  await run(["merge", "sampled", "--evaluations", "scores", "-o", "other.html", "-q"], { cwd: folder });
  expect(readFileSync(join(folder, "other.html"), "utf8").includes('class="faithfulness"')).toBe(false);
});

test("summarize takes the folders of evaluations, and compares two of them in pairs", async () => {
  await run(["evaluate", "sampled", "-o", "sampled-scores", ...EVALUATE, "-q"], { cwd: folder });
  const compared = ["--against", "sampled", "--evaluations", "scores", "--against-evaluations", "sampled-scores"];
  const files = ["json", "csv", "tex", "html", "txt"].map((ending) => `tables.${ending}`);
  const { code, stderr } = await run(["summarize", "out", ...compared, ...files.flatMap((file) => ["-o", file])], { cwd: folder });
  expect(code, stderr).toBe(0);
  const { faithfulness, faithfulness_comparison: paired } = JSON.parse(readFileSync(join(folder, "tables.json"), "utf8")) as Summary;
  expect(faithfulness?.conversations).toBe(5);
  expect(paired).toMatchObject({ a: "scores", b: "sampled-scores", pairs: 5, unpaired: 0 });
  // Exact values order players at least as well as those of 8 coalitions.
  expect(paired?.metrics.insertion?.b_better_by.value).toBeLessThanOrEqual(1e-9);
  for (const file of files.slice(1))
    expect(readFileSync(join(folder, file), "utf8")).toContain("faithfulness of scores (a) and sampled-scores (b), 5 pairs");
});
