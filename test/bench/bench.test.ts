import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { BENCHES } from "../../bench/registry.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const bench = (...args: readonly string[]) =>
  spawnSync(process.execPath, ["dist-bench/bench/main.js", ...args], { cwd: root, encoding: "utf8" });

let listed = "";

// Compiles, and lists.
beforeAll(() => {
  listed = execFileSync(process.execPath, ["scripts/bench.mjs"], { cwd: root, encoding: "utf8" });
});

describe("npm run bench", () => {
  test("without a name lists every bench in one line each", () => {
    const lines = listed.slice(listed.indexOf("Commands:")).trim().split("\n").slice(1);
    expect(lines.map((line) => line.trim().split(" ")[0])).toEqual(Object.keys(BENCHES));
    for (const { about } of Object.values(BENCHES)) expect(lines.filter((line) => line.endsWith(about))).toHaveLength(1);
  });

  /** What each has to print: columns, and cells that are numbers. */
  test.each([
    ["speed", /^\| nano, exact, 11 words \| generated \| \+ checked guesses \(default\) \| \d+\.\d\d .* \| 2\/2 \|$/m],
    ["speed", /^nano audio, .* likelihood: \d+\.\d\d ms a coalition, \d+\.\d × one at a time, identical 2\/2$/m],
    ["real", /^\| `tfidf`, 3 words \| 8 \| \d+\.\d s \| \d+\.\d s \(\d+ %\)( \| \d+\.\d s \(\d+\.\d ×\)){2} \|$/m],
    ["real", /^\| `likelihood`, 4 spoken words, embedded model \| 16 \| \d+\.\d s \| — \| \d+\.\d s \(\d+\.\d ×\) \| — \|$/m],
    ["accuracy", /^\| `mllm-shap explain` \(`auto`\) \| \d+ \| — \|$/m],
    ["growth", /│ 1 +│ 100 +│ 13\.03125 /],
    ["encoder", /^\| 0.1 \| 75 \| \d+ \| \d+\.\d \|$/m],
    ["memory", /^\| generated \| 256 MiB \| \d+ \| \d+ \|$/m],
    ["explanations", /^\| nano, exact, 4 words \| tfidf \| \d+\.\d\d \| \d+\.\d\d \| \d+ % \| \d+ % \|$/m],
    ["estimators", /^\| 5n \| (\d\.\d+ \(\d\.\d+–\d\.\d+\)( \| )?){8} \|$/m],
    ["surrogates", /^\| recorded 10n \|( \d+\.\d+ \|){8}$/m],
    ["long", /^\| 100 \| `proxy` \| 0\.\d\d \| {2}\| \d\.\d\d \| 0\.\d\d \|$/m],
    ["sparse", /^\| 64 \| context-cite \| 1 \|( -?\d+\.\d\d \|){4}$/m],
    ["outputs", /^\| leverage \| 200 \| 20 × 20 \| \d+\.\d ms \| \d+\.\d ms \| \d+ MiB \|$/m],
    ["owen", /^Spearman -?\d\.\d{3}, Kendall -?\d\.\d{3}, relative error \d+\.\d{3}$/m],
    ["batch", /^\| merged results, compared with those of a batch that was not killed \| the same bytes \|$/m],
    ["batch", /^\| 4,000 shards( \| \d+\.\d\d \(\d+\.\d\d\)){2} \| \d+\.\d\d \| [\d,]+ \| [\d,]+ \| [\d.]+ % \| \d+ \(\d+\) \|$/m],
    ["indexing", /^\| add, addAt \| \d+\.\d\d \|$/m],
  ] as const)("%s --quick measures", (name, line) => {
    expect(quick(name)).toMatch(line);
  });

  test("--quick leaves the documentation as it is", () => {
    const page = readFileSync(`${root}/docs/estimators.md`, "utf8");
    quick("estimators");
    expect(readFileSync(`${root}/docs/estimators.md`, "utf8")).toBe(page);
  });

  test("every bench is run above", () => {
    expect([...ran.keys()].sort()).toEqual(Object.keys(BENCHES).sort());
  });

  test("refuses a name, an option and a value that it does not know, with the usage's exit code", () => {
    expect(bench("sped")).toMatchObject({ status: 2, stderr: expect.stringContaining("unknown command 'sped'") });
    expect(bench("memory", "--treads", "2")).toMatchObject({ status: 2, stderr: expect.stringContaining("unknown option '--treads'") });
    expect(bench("estimators", "--seeds", "0")).toMatchObject({ status: 2, stderr: "error: 0 is no whole number from 1 on\n" });
  });
});

const ran = new Map<string, string>();

function quick(name: string): string {
  const known = ran.get(name);
  if (known !== undefined) return known;
  const { status, stdout, stderr } = bench(name, "--quick");
  expect(status, stderr).toBe(0);
  ran.set(name, stdout);
  return stdout;
}
