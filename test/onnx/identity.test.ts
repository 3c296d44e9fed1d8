import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { repoIdentity } from "../../src/onnx/identity.js";
import type { OnnxFile } from "../../src/onnx/onnx_file.js";
import type { LocalRepo } from "../../src/repos/repo.js";
import { sha256 } from "../../src/util/sha256.js";
import { temporaryFolder } from "../support/decoder_files.js";

const repoIn = (folder: string) =>
  ({ repo: "a model", folder, paths: ["a.onnx", "config.json"], resolvedRevision: null }) as unknown as LocalRepo;
const graphIn = (folder: string, data: readonly string[]) =>
  ({ path: join(folder, "a.onnx"), externalFiles: data.map((name) => join(folder, name)) }) as unknown as OnnxFile;
const parts = { connector: "c", dtype: "fp32", provider: "cpu", hashes: undefined };

test("names every file that determines answers", async () => {
  const folder = temporaryFolder();
  for (const name of ["a.onnx", "a.data", "config.json", "notes.txt"]) writeFileSync(join(folder, name), name);
  const identity = await repoIdentity(repoIn(folder), { ...parts, graphs: [graphIn(folder, ["a.data"])] });
  const named = ["a.data", "a.onnx", "config.json"];
  expect(identity.sha256).toEqual(Object.fromEntries(named.map((name) => [name, sha256(name)])));
});

test("data that a graph names and that is not there is one error that names both", async () => {
  const folder = temporaryFolder();
  for (const name of ["a.onnx", "config.json"]) writeFileSync(join(folder, name), name);
  await expect(repoIdentity(repoIn(folder), { ...parts, graphs: [graphIn(folder, ["gone.data"])] })).rejects.toThrow(
    /gone\.data, which a\.onnx takes its weights from, cannot be read: ENOENT/,
  );
});
