import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

it("README and docs show what the tool prints", () => {
  const check = () =>
    execFileSync(process.execPath, ["scripts/doc-examples.mjs", "--check"], { cwd: root, encoding: "utf8", stdio: "pipe" });
  expect(check).not.toThrow();
}, 300_000);
