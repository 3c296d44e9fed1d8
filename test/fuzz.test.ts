import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it, test } from "vitest";
import { requestOf } from "../src/spec/load.js";
import type { SpecInput } from "../src/spec/schema.js";

const RUN = fileURLToPath(new URL("../scripts/fuzz/run.mjs", import.meta.url));
const SPECS = new URL("../scripts/fuzz/specs.mjs", import.meta.url).href;
const AUDIO = fileURLToPath(new URL("../fixtures/audio", import.meta.url));

/** A minute of what `npm run fuzz` does for as long as one likes. */
it("hostile specs, sound, models, results, archives and caches end in time with one clear line", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [RUN, "--seconds", "45", "--seed", "1"]).catch((error) => error);
  expect(stdout).not.toContain("FAILED");
  expect(stdout.match(/^\w+: [1-9]\d* cases, \d+ accepted, 0 failures/gm)).toHaveLength(6);
}, 240_000);

it("a case is made again from its kind and seed, and a failure is one", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [RUN, "--case", "audio:3"]);
  expect(stdout).toMatch(/kind: 'audio',\s+seed: 3,/);
  const limited = await promisify(execFile)(process.execPath, [RUN, "--case", "audio:3", "--limit", "0.01"]).catch((error) => error);
  // The sound run that goes first takes longer too.
  expect(limited.code).toBe(1);
}, 120_000);

test("what specs are made of is sound", async () => {
  const { BASES } = (await import(SPECS)) as { BASES: readonly SpecInput[] };
  for (const base of BASES) {
    const text = JSON.stringify(base).replace("say.wav", "speech.wav");
    await expect(requestOf(JSON.parse(text) as SpecInput, AUDIO), text).resolves.toBeDefined();
  }
});
