import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { memoFolder } from "../../src/cli/memo_folder.js";
import type { Result } from "../../src/results/result_schema.js";
import { folderWith, run, spec } from "./run.js";

const TEXT = "could you please turn on the kitchen light";
const PAYOFFS = ["likelihood", "tfidf"];

interface Summary {
  readonly folder: string;
  readonly bytes: number;
  readonly entries: number;
}

/** Files of the memo in `folder`. */
function memoFilesOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) =>
    entry.isFile() ? [join(entry.parentPath, entry.name)] : [],
  );
}

function conversation(payoff = "likelihood") {
  const cache = folderWith({});
  const folder = folderWith({ "conv.yaml": spec(TEXT, `{players: word, payoff: ${payoff}}`) });
  const within = { cwd: folder, env: { MLLM_SHAP_CACHE: cache } };
  return {
    cache,
    explain: async (...args: readonly string[]) => {
      const ran = await run(["explain", "conv.yaml", "-q", ...args], within);
      return { ...ran, result: ran.stdout === "" ? null : (JSON.parse(ran.stdout) as Result) };
    },
    command: (...args: readonly string[]) => run(args, within),
    summary: async () => JSON.parse((await run(["cache"], within)).stdout) as Summary,
  };
}

/** The result without what may differ. */
const rest = (result: Result | null) => JSON.stringify({ ...result, run: null });

describe("answers remembered on disk", () => {
  test.each(PAYOFFS)("%s: the same bytes with no memo, an empty, a full, a partly emptied and a damaged one", async (payoff) => {
    const { cache, explain } = conversation(payoff);
    const cold = await explain();
    expect(cold).toMatchObject({ code: 0, stderr: "" });
    const asked = cold.result?.run?.model_calls as number;
    expect(asked).toBeGreaterThan(100);

    for (const file of memoFilesOf(cache)) {
      expect(statSync(file).mode & 0o777).toBe(0o600);
      expect(statSync(join(file, "..")).mode & 0o777).toBe(0o700);
    }

    const warm = await explain();
    expect(warm.result?.run).toMatchObject({ model_calls: 0, tokens: 0 });
    expect(warm.result?.run?.memo_hits).toBeGreaterThanOrEqual(asked - 1);

    for (const file of memoFilesOf(cache)) {
      const lines = readFileSync(file, "utf8").split("\n");
      writeFileSync(file, lines.map((line, i) => (i % 3 === 0 ? "" : i % 7 === 0 ? line.replace("A", "B").slice(0, -1) : line)).join("\n"));
    }
    const partial = await explain();
    expect(partial.result?.run?.model_calls).toBeGreaterThan(asked / 4);
    expect(partial.result?.run?.memo_hits).toBeGreaterThan(asked / 4);

    for (const { result } of [warm, partial]) expect(rest(result)).toBe(rest(cold.result));
    const before = memoFilesOf(cache).map((file) => readFileSync(file, "utf8"));
    const without = await explain("--no-cache");
    expect(without.result?.players).toEqual(cold.result?.players);
    expect(without.result?.run?.memo_hits).toBe(0);
    expect(memoFilesOf(cache).map((file) => readFileSync(file, "utf8"))).toEqual(before);
  });

  test("two processes at once, and other samplers later, share what is known", async () => {
    const { explain } = conversation();
    const [one, two] = await Promise.all([explain(), explain()]);
    expect(rest(one.result)).toBe(rest(two.result));
    const sampled = await explain("--sampler", "permutation", "--budget", "64", "--seed", "3");
    expect(sampled.result?.run).toMatchObject({ model_calls: 0 });
  });

  test("inspect keeps what it asks, and asks again what is known: it would be timed wrong", async () => {
    const { cache, command, explain, summary } = conversation();
    const inspect = async () =>
      JSON.parse((await command("inspect", "conv.yaml", "--json")).stdout) as { readonly cost: { readonly timed: number } };
    const { timed } = (await inspect()).cost;
    expect(timed).toBeGreaterThan(8);
    const { entries } = await summary();
    expect(entries).toBeGreaterThan(timed);
    const { result } = await explain();
    expect(result?.run?.memo_hits).toBeGreaterThan(timed);
    expect((await inspect()).cost.timed).toBeGreaterThan(8);
    const before = readdirSync(cache, { recursive: true }).length;
    expect(await command("inspect", "conv.yaml", "--no-cache")).toMatchObject({ code: 0 });
    expect(readdirSync(cache, { recursive: true })).toHaveLength(before);
  });

  test("a folder that cannot be is one warning, and the run goes on", async () => {
    const file = join(folderWith({ file: "" }), "file");
    const folder = folderWith({ "conv.yaml": spec(TEXT), "more.yaml": spec("turn off the lamp") });
    const args = ["explain", "conv.yaml", "more.yaml", "--format", "jsonl"];
    const { code, stdout, stderr } = await run(args, { cwd: folder, env: { MLLM_SHAP_CACHE: join(file, "below") } });
    expect(code).toBe(0);
    expect(stderr.match(/warning: answers are not remembered on disk: .*ENOTDIR/g)).toHaveLength(1);
    for (const line of stdout.trim().split("\n")) expect((JSON.parse(line) as Result).warnings).toEqual([]);
  });
});

describe("mllm-shap cache", () => {
  test("shows, prunes and clears", async () => {
    const { cache, explain, command, summary } = conversation();
    expect(await summary()).toEqual({ folder: cache, bytes: 0, entries: 0 });
    const { result } = await explain();
    const full = await summary();
    expect(full.entries).toBe(result?.run?.model_calls);
    expect(full.bytes).toBeGreaterThan(100 * full.entries);

    expect(await command("cache", "prune", "--older-than", "1h", "--max-size", "1GiB")).toMatchObject({ code: 0 });
    expect(await summary()).toEqual(full);
    expect((await command("cache", "prune", "--max-size", "1KiB")).stderr).toMatch(/^removed .* KiB, 0\.0 KiB are left\n$/);
    expect((await summary()).entries).toBe(0);

    await explain();
    expect(await command("cache", "clear")).toMatchObject({ code: 0, stdout: "" });
    expect(await summary()).toEqual({ folder: cache, bytes: 0, entries: 0 });
    expect(existsSync(cache)).toBe(true);
  });

  test("is bounded when a command ends, by a size that is checked first", async () => {
    const cwd = folderWith({ "conv.yaml": spec(TEXT, "{players: word, payoff: likelihood}") });
    const cache = folderWith({});
    const env = { MLLM_SHAP_CACHE: cache, MLLM_SHAP_CACHE_SIZE: "1KiB" };
    const small = await run(["explain", "conv.yaml", "-q"], { cwd, env });
    expect(small.code).toBe(0);
    expect(memoFilesOf(cache)).toEqual([]);
    expect(await run(["explain", "conv.yaml"], { cwd, env: { ...env, MLLM_SHAP_CACHE_SIZE: "much" } })).toMatchObject({
      code: 2,
      stdout: "",
      stderr: "mllm-shap: MLLM_SHAP_CACHE_SIZE=much: must be bytes, or a size such as 512MiB or 4GiB\n",
    });
  });

  test.each([
    [["cache", "prune"], "mllm-shap: cache prune needs --older-than AGE, --max-size SIZE or both\n"],
    [["cache", "prune", "--older-than", "soon"], "mllm-shap: --older-than soon: must be hours, days or weeks, such as 12h, 30d or 8w\n"],
    [["cache", "prune", "--max-size", "big"], "mllm-shap: --max-size big: must be bytes, or a size such as 512MiB or 1GiB\n"],
  ])("%j is refused", async (args, stderr) => {
    expect(await run(args)).toMatchObject({ code: 2, stdout: "", stderr });
  });

  test("its folder: a variable of its own, XDG's, the platform's", () => {
    expect(memoFolder({ MLLM_SHAP_CACHE: "/a/b", XDG_CACHE_HOME: "/x" })).toBe("/a/b");
    expect(memoFolder({ MLLM_SHAP_CACHE: "", XDG_CACHE_HOME: "/x" })).toBe("/x/mllm-shap");
    expect(memoFolder({ HOME: "/h", XDG_CACHE_HOME: "relative" }, "linux")).toBe("/h/.cache/mllm-shap");
    expect(memoFolder({ HOME: "/Users/me" }, "darwin")).toBe("/Users/me/Library/Caches/mllm-shap");
  });
});
