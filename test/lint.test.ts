import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";

const BIOME = createRequire(import.meta.url).resolve("@biomejs/biome/bin/biome");
const RULE = "./scripts/lint/no-spread-arguments.grit";

/** Lines of `code` that the rule refuses. */
function refused(code: string): readonly number[] {
  const folder = mkdtempSync(join(tmpdir(), "lint-"));
  writeFileSync(join(folder, "biome.json"), JSON.stringify({ root: true, plugins: [resolve(RULE)] }));
  writeFileSync(join(folder, "code.ts"), code);
  const args = [BIOME, "lint", "--only=plugin", "--max-diagnostics=100", "--colors=off", "code.ts"];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
  return [...(stdout + stderr).matchAll(/^code\.ts:(\d+):\d+ plugin/gm)].map((match) => Number(match[1])).sort((a, b) => a - b);
}

test("nothing is spread into arguments, in whatever clothes", () => {
  const wrong = [
    "f(...xs);",
    "f(1, ...xs, 2);",
    "Math.max(0, ...xs.map((x) => -x));",
    "ys?.push(...xs);",
    "Float32Array.of(...xs, ...ys);",
    "new Uint8Array(...xs);",
    "g((a, ...rest) => f(a, ...rest));",
    "String.fromCharCode(...bytes.subarray(1, 2));",
    "String.fromCharCode.apply(null, xs);",
    "Reflect.apply(f, null, xs);",
    "ys[0]?.apply(null, xs);",
    "f?.(...xs);",
  ];
  const right = ["f([...xs]);", "f({ ...xs });", "maxOf(xs, 0);", "const g = (...rest) => rest.length;", "plan.apply(chat);"];
  expect(refused([...wrong, ...right].join("\n"))).toEqual(wrong.map((_, i) => i + 1));
});

test("the rule stands over all that is shipped", () => {
  const { overrides } = JSON.parse(readFileSync("biome.json", "utf8")) as { overrides: { includes: string[]; plugins?: string[] }[] };
  expect(overrides).toContainEqual({ includes: ["src/**", "bin/**"], plugins: [RULE] });
});
