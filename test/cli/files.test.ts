import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { fileSink, writeOutput } from "../../src/cli/files.js";
import { folderWith } from "./run.js";

test("the first part replaces what was there, later ones follow it", async () => {
  const file = join(folderWith({ "out.jsonl": "old and long" }), "out.jsonl");
  const sink = fileSink(file);
  expect(readFileSync(file, "utf8")).toBe("old and long");
  for (const part of ["1\n", "2\n", "3\n"]) await sink.write(part);
  expect(readFileSync(file, "utf8")).toBe("1\n2\n3\n");
  await sink.close();
});

test("what cannot be written is kept elsewhere, and said once", async () => {
  const folder = folderWith({});
  const sink = fileSink(join(folder, "gone", "out.csv"));
  const error = await sink.write("first\n").catch((cause: Error) => cause);
  const [, kept = ""] = /cannot write .*out\.csv: its folder is gone; the result is kept in (.*)$/.exec(String(error)) ?? [];
  await sink.write("second\n");
  await sink.close();
  expect(readFileSync(kept, "utf8")).toBe("first\nsecond\n");
});

test.runIf(existsSync("/dev/full"))("a device is written to, not replaced", async () => {
  await expect(writeOutput("/dev/full", "x")).rejects.toThrow(/cannot write \/dev\/full: no space left; the result is kept in /);
  await writeOutput("/dev/null", "x");
});

test("bytes are written as they are", async () => {
  const folder = folderWith({});
  mkdirSync(join(folder, "a"));
  writeFileSync(join(folder, "a", "b.wav"), "");
  await writeOutput(join(folder, "a", "b.wav"), Uint8Array.of(0, 255, 1));
  expect([...readFileSync(join(folder, "a", "b.wav"))]).toEqual([0, 255, 1]);
});
