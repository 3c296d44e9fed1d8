import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { diskHashes, HASHES_FILE, HASHES_FOLDER } from "../../src/memo/hashes.js";
import { fileSha256, type HashStore } from "../../src/repos/local_files.js";
import { sha256 } from "../../src/util/sha256.js";
import { temporaryFolder } from "../support/decoder_files.js";

const digest = (text: string): string => sha256(text);
const fileOf = (folder: string): string => join(folder, HASHES_FOLDER, HASHES_FILE);

test("digests are there for the next process, damaged lines and other things are not", async () => {
  const folder = temporaryFolder();
  await diskHashes(folder).set("a", digest("1"));
  await diskHashes(folder).set("b", digest("2"));
  appendFileSync(fileOf(folder), "half a line");
  await diskHashes(folder).set("c", digest("3"));
  const lines = readFileSync(fileOf(folder), "utf8").replace(digest("2").slice(0, 8), "00000000");
  writeFileSync(fileOf(folder), lines);
  const store = diskHashes(folder);
  expect(await Promise.all(["a", "b", "c", "d"].map((key) => store.get(key)))).toEqual([digest("1"), undefined, digest("3"), undefined]);
  expect(statSync(join(folder, HASHES_FOLDER)).mode & 0o777).toBe(0o700);
});

test("a folder that others may write, and a file that is a link, are not believed", async () => {
  const folder = temporaryFolder();
  await diskHashes(folder).set("a", digest("1"));
  chmodSync(fileOf(folder), 0o666);
  expect(await diskHashes(folder).get("a")).toBeUndefined();
  const linked = temporaryFolder();
  mkdirSync(join(linked, HASHES_FOLDER), { mode: 0o700 });
  symlinkSync(fileOf(folder), fileOf(linked));
  chmodSync(fileOf(folder), 0o600);
  expect(await diskHashes(linked).get("a")).toBeUndefined();
  await diskHashes(join(fileOf(folder), "no folder")).set("a", digest("1"));
  expect(existsSync(join(fileOf(folder), "no folder"))).toBe(false);
});

test("a large file is read once, and again when anything of it changed", async () => {
  const path = join(temporaryFolder(), "weights");
  writeFileSync(path, "");
  truncateSync(path, 2 ** 26);
  const old = new Date(Date.now() - 60_000);
  utimesSync(path, old, old);
  const kept = new Map<string, string>();
  const asked: string[] = [];
  const store: HashStore = {
    get: async (key) => {
      asked.push(key);
      return kept.get(key);
    },
    set: async (key, value) => {
      kept.set(key, value);
    },
  };
  const first = await fileSha256(path, store);
  // A change of the last two seconds is not trusted yet.
  expect(asked).toEqual([]);
  await new Promise((later) => setTimeout(later, 2_100));
  utimesSync(path, new Date(old.getTime() - 1000), new Date(old.getTime() - 1000));
  await new Promise((later) => setTimeout(later, 2_100));
  expect(await fileSha256(path, store)).toBe(first);
  expect(asked).toHaveLength(1);
  expect([...kept.values()]).toEqual([first]);
  kept.set(asked[0] as string, digest("kept"));
  // This process knows it already.
  expect(await fileSha256(path, store)).toBe(first);
});
