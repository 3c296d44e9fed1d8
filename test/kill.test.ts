import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const SCRIPT = fileURLToPath(new URL("../scripts/kill-test.mjs", import.meta.url));

it("an explanation that is killed 5 times and started again ends with the same bytes and asks at most a batch again", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [SCRIPT, "5", "3"]);
  expect(stdout).toMatch(/^5 kills \(\d of them after the first answers\) of [1-5] explanations?$/m);
  expect(stdout).toMatch(/^results with other bytes .*: 0$/m);
  expect(stdout).toMatch(/do not add up: 0$/m);
}, 240_000);
