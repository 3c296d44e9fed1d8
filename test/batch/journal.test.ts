import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openJournal, readLineSpans, readRecords } from "../../src/batch/journal.js";
import { folderWith } from "../cli/run.js";

const spans = async (path: string, most = 5) => {
  const found = [];
  for await (const span of readLineSpans(path, most)) found.push(span);
  return found;
};

test("lines are appended whole, and a torn last one is cut off", () => {
  const path = join(folderWith({}), "j");
  const first = openJournal(path);
  first.append("one");
  first.close();
  for (const torn of ["tor", "x".repeat(200_000)]) {
    appendFileSync(path, torn);
    const again = openJournal(path);
    again.append("two");
    again.close();
  }
  expect(readFileSync(path, "utf8")).toBe("one\ntwo\ntwo\n");
});

test("a file that holds a torn line alone is empty again", () => {
  const path = join(folderWith({ j: "torn" }), "j");
  openJournal(path).close();
  expect(readFileSync(path, "utf8")).toBe("");
});

test("spans tell where lines stand, in bytes, and pass a torn last line over", async () => {
  const path = join(folderWith({ j: "äb\n\nlonger line\ntorn" }), "j");
  expect(await spans(path)).toEqual([
    { offset: 0, length: 3, head: "äb" },
    { offset: 4, length: 0, head: "" },
    { offset: 5, length: 11, head: "longe" },
  ]);
  expect(await spans(join(folderWith({}), "none"))).toEqual([]);
});

test("lines longer than what is read at a time are found all the same", async () => {
  const path = join(folderWith({}), "j");
  const lines = ["a".repeat(3_000_000), "b".repeat(1 << 20), "c"];
  writeFileSync(path, lines.map((line) => `${line}\n`).join(""));
  expect((await spans(path)).map(({ length, head }) => [length, head])).toEqual(lines.map((line) => [line.length, line.slice(0, 5)]));
});

test("records that are none are passed over", async () => {
  const path = join(folderWith({ j: '{"a":1}\nnot json\n7\n{"a":2}\n{"a":' }), "j");
  const found = [];
  for await (const { a } of readRecords(path)) found.push(a);
  expect(found).toEqual([1, 2]);
});
