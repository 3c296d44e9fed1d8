import { spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const script = fileURLToPath(new URL("../scripts/licences.mjs", import.meta.url));
const check = (...args: readonly string[]): { readonly status: number | null; readonly stderr: string } =>
  spawnSync(process.execPath, [script, ...args], { encoding: "utf8" });

function lockWith(packages: Readonly<Record<string, object>>): string {
  const file = join(mkdtempSync(join(tmpdir(), "mllm-shap-lock-")), "package-lock.json");
  writeFileSync(file, JSON.stringify({ packages: { "": { license: "Apache-2.0" }, ...packages } }));
  return file;
}

describe("the licences of the production tree", () => {
  it("are in order", () => {
    expect(check()).toMatchObject({ status: 0, stderr: expect.stringMatching(/^licences: \d+ packages/) });
  });

  it.each([
    ["GPL-2.0", 1],
    ["GPL-2.0-or-later", 1],
    ["MIT AND GPL-3.0-only", 1],
    ["(MIT OR GPL-2.0)", 0],
    ["(MIT AND (GPL-2.0 OR BSD-3-Clause))", 0],
    ["LGPL-2.1-or-later", 0],
    ["SEE LICENSE IN x", 1],
  ])("%s → %i", (license, status) => {
    const ran = check(lockWith({ "node_modules/@a/b": { version: "1.0.0", license } }));
    expect(ran.status).toBe(status);
    if (status === 1) expect(ran.stderr).toBe(`@a/b@1.0.0: its licence, ${license}, is not one that this package may bring along\n`);
  });

  it("pass over development tools, and not over a package that states none", () => {
    expect(check(lockWith({ "node_modules/a": { version: "1.0.0", license: "GPL-2.0", dev: true } })).status).toBe(0);
    expect(check(lockWith({ "node_modules/a": { version: "1.0.0" } })).stderr).toContain("none stated");
  });
});
