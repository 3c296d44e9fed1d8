import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { folderWith } from "./cli/run.js";
import { SAMPLES, sampleResult } from "./support/samples.js";

const PYTHON = ["python3", "python"].find(
  (name) => spawnSync(name, ["-c", "import sys; sys.exit(sys.version_info < (3, 8))"]).status === 0,
);
const title = PYTHON === undefined ? "the reader of docs/notebooks.md (no Python here)" : "the reader of docs/notebooks.md";

describe.skipIf(PYTHON === undefined)(title, () => {
  const docs = readFileSync(new URL("../docs/notebooks.md", import.meta.url), "utf8");
  const code = /```python\n(# read_results\.py\n[\s\S]*?)```/.exec(docs)?.[1] ?? "";
  const [text, turns] = [sampleResult(SAMPLES.text), sampleResult(SAMPLES.turns)];
  // A line separator within a string is no end of a line of JSON Lines.
  const odd = { ...text, response: { ...text.response, text: "a\u2028b" } };
  const folder = folderWith({
    "one.json": JSON.stringify(text, null, 2),
    "list.json": JSON.stringify([text, turns]),
    "lines.jsonl": `${JSON.stringify(odd)}\n${JSON.stringify(turns)}\n`,
    "other.json": "{}",
  });
  writeFileSync(join(folder, "read_results.py"), code);
  const python = (script: string) =>
    execFileSync(PYTHON ?? "", ["-c", `import json\nfrom read_results import *\n${script}`], {
      cwd: folder,
      encoding: "utf8",
      stdio: "pipe",
    });

  it.each([
    ["one.json", [text]],
    ["list.json", [text, turns]],
    ["lines.jsonl", [odd, turns]],
  ])("reads %s", (file, results) => {
    expect(JSON.parse(python(`print(json.dumps(read_results("${file}")))`))).toEqual(results);
  });

  it("has a row a player, and says whose sign is known", () => {
    const rows = JSON.parse(python('print(json.dumps(players(read_results("list.json")[1])))'));
    expect(rows[0]).toMatchObject({ text: "lamp", value: 1.9, low: 1.7, sure: true });
    expect(rows.find((row: { text: string; value: number }) => row.value === 0.05)).toMatchObject({ text: "and", sure: false });
    const exact = JSON.parse(python('print(json.dumps(players(read_results("one.json")[0])))'));
    expect(exact.every(({ sure }: { sure: boolean }) => sure)).toBe(true);
  });

  it("refuses what is no result", () => {
    expect(() => python('read_results("other.json")')).toThrow(/is not mllm-shap\/result@1/);
  });
});
