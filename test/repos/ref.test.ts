import { expect, test } from "vitest";
import { type FolderFound, parseRef, readRef } from "../../src/repos/ref.js";

test("a name that means the same everywhere is embedded, an absolute folder, or a hub id with or without a folder inside", () => {
  expect(parseRef("embedded:nano")).toEqual({ kind: "embedded", name: "embedded:nano", model: "nano" });
  expect(parseRef("/models/a/b")).toEqual({ kind: "folder", name: "/models/a/b" });
  expect(parseRef("C:\\models\\a")).toMatchObject({ kind: "folder" });
  expect(parseRef("owner/name")).toEqual({ kind: "hub", name: "owner/name", repo: "owner/name", inside: "" });
  expect(parseRef("owner/name/cpu/int4")).toMatchObject({ kind: "hub", repo: "owner/name", inside: "cpu/int4/" });
  for (const none of ["", "name", "./a/b", "../a", "a/../b", "a//b", "https://example.org/a/b", "owner/name/", `${"o".repeat(97)}/n`]) {
    expect(parseRef(none), none).toBeNull();
  }
});

const missing: FolderFound = { problem: "no such file or folder", missing: true };
/** One folder, here/there, is there; one lies where it may not be read. */
const look = async (path: string): Promise<FolderFound> => {
  if (path.endsWith("here/there")) return { path: "/cwd/here/there" };
  return path === "locked/up" ? { problem: "lies outside", missing: false } : missing;
};

test.each([
  ["embedded:nano", { kind: "embedded", name: "embedded:nano", model: "nano" }],
  ["here/there", { kind: "folder", name: "/cwd/here/there" }],
  ["./here/there", { kind: "folder", name: "/cwd/here/there" }],
  ["here/not", { kind: "hub", name: "here/not", repo: "here/not", inside: "" }],
  ["./here/not", { problem: "no such file or folder" }],
  ["/here/not", { problem: "no such file or folder" }],
  ["..", { problem: "no such file or folder" }],
  ["locked/up", { problem: "lies outside" }],
  ["nope", { problem: "is neither embedded:NAME, nor a folder here, nor a hub id such as owner/name" }],
])("%s, as a person writes it", async (name, found) => {
  expect(await readRef(name, look, "here")).toEqual(found);
});
