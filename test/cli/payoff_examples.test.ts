import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { Result } from "../../src/results/result_schema.js";
import { folderWith, LIGHT, run } from "./run.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const example = (name: string): string => join(ROOT, "examples/payoffs", name);

/** What an example prints of some answers. */
function printed(name: string, args: readonly string[], rows: readonly object[]) {
  const input = rows.map((row) => `${JSON.stringify(row)}\n`).join("");
  const { stdout, stderr, status } = spawnSync(process.execPath, [example(name), ...args], { input, encoding: "utf8" });
  return { scores: stdout.trim().split("\n").map(Number), stderr, status };
}

describe("examples/payoffs", () => {
  test("keywords.mjs explains by the words that it looks for", async () => {
    const rows = ["Turning on the KITCHEN light.", "the lights", ""].map((text) => ({ text }));
    expect(printed("keywords.mjs", ["kitchen", "light"], rows)).toMatchObject({ scores: [1, 0, 0], status: 0 });
    expect(printed("keywords.mjs", [], rows)).toMatchObject({ status: 2, stderr: "keywords.mjs: give the words to look for\n" });
    const folder = folderWith({ "conv.yaml": LIGHT });
    const command = JSON.stringify([process.execPath, example("keywords.mjs"), "kitchen"]);
    const { code, stdout, stderr } = await run(["explain", "conv.yaml", "--payoff-command", command, "-q"], { cwd: folder });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const { payoff, players } = JSON.parse(stdout) as Result;
    expect([payoff.full, payoff.empty]).toEqual([1, 0]);
    const best = [...players].sort((a, b) => b.value - a.value)[0];
    expect(best?.text).toBe("kitchen");
  });

  test("tool_call.mjs scores functions and their arguments", () => {
    const target = { text: '{"name": "light", "arguments": {"room": "kitchen", "on": true}}' };
    const answers = [
      target.text,
      '{"name":"light","arguments":{"on":true,"room":"bath"}}',
      '{"name":"fan","arguments":{"room":"kitchen","on":true}}',
      '{"name":"light"}',
      "turning on",
    ];
    expect(
      printed(
        "tool_call.mjs",
        [],
        answers.map((text) => ({ text, target })),
      ),
    ).toMatchObject({ scores: [1, 0.5, 0, 0, 0], status: 0 });
    expect(printed("tool_call.mjs", [], [{ text: "x", target: { text: "y" } }]).stderr).toContain("no tool call in JSON");
  });
});
