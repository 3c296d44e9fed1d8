import { truncateSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { findingsOf } from "../../src/onnx/findings.js";
import type { HashStore } from "../../src/repos/local_files.js";
import { temporaryFolder } from "../support/decoder_files.js";

function fileOf(size: number): { readonly path: string; readonly externalFiles: readonly string[] } {
  const path = join(temporaryFolder(), "weights");
  writeFileSync(path, "");
  truncateSync(path, size);
  return { path, externalFiles: [] };
}

function storeIn(kept: Map<string, string>): HashStore {
  return {
    get: async (key) => kept.get(key),
    set: async (key, found) => {
      kept.set(key, found);
    },
  };
}

const LATER_MS = 60_000;

test("findings of a large file outlive the process for as long as it does not change, and are of one question", async () => {
  const now = Date.now();
  vi.spyOn(Date, "now").mockImplementation(() => now + LATER_MS);
  const kept = new Map<string, string>();
  const file = fileOf(2 ** 26);
  const ask = async (question: readonly string[]) => await findingsOf(file, storeIn(kept), question);
  expect(await (await ask(["a"])).get()).toBeNull();
  await (await ask(["a"])).set(991);
  expect([...kept.values()]).toEqual(["3df"]);
  expect(await (await ask(["a"])).get()).toBe(991);
  expect(await (await ask(["b"])).get()).toBeNull();
  utimesSync(file.path, new Date(now), new Date(now - LATER_MS));
  expect(await (await ask(["a"])).get()).toBeNull();
  vi.restoreAllMocks();
});

test("nothing is kept of small files, of files that changed just now, and where there is no store", async () => {
  const kept = new Map<string, string>();
  await (await findingsOf(fileOf(2 ** 26), storeIn(kept), [])).set(1);
  const now = Date.now();
  vi.spyOn(Date, "now").mockImplementation(() => now + LATER_MS);
  await (await findingsOf(fileOf(100), storeIn(kept), [])).set(1);
  const nowhere = await findingsOf(fileOf(2 ** 26), undefined, []);
  await nowhere.set(1);
  expect(await nowhere.get()).toBeNull();
  vi.restoreAllMocks();
  expect(kept.size).toBe(0);
});
