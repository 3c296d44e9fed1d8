import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { chooseTextFiles } from "../../src/connectors/causal_text/files.js";
import { CONNECTOR_NAMES, CONNECTORS, openModel } from "../../src/connectors/registry.js";
import { ConnectorError, SpecError } from "../../src/errors.js";
import { fileSha256 } from "../../src/repos/local_files.js";
import { dataFilesOf, dtypeFor, findGraphFile } from "../../src/repos/model_files.js";
import { resolveRepo } from "../../src/repos/repo.js";
import { temporaryFolder } from "../support/decoder_files.js";

const NANO = fileURLToPath(new URL("../../fixtures/models/nano/text", import.meta.url));
const anything = (paths: readonly string[]): readonly string[] => paths;

test("an embedded model is found beside the code; others are named", async () => {
  const repo = await resolveRepo({ config: { repoId: "embedded:nano" }, variant: "text", choose: anything });
  expect(repo).toMatchObject({ repo: "embedded:nano", resolvedRevision: null });
  expect(repo.paths).toContain("onnx/model.onnx");
  for (const name of ["embedded:giant", "embedded:../nano", "embedded:"]) {
    const failure = resolveRepo({ config: { repoId: name }, variant: "text", choose: anything });
    await expect(failure).rejects.toThrow(/valid is .*embedded:nano/);
    await expect(failure).rejects.toBeInstanceOf(SpecError);
  }
});

test("a repository is an embedded name, an absolute folder or a hub id, and nothing else", async () => {
  for (const repoId of ["models/../nano", "./nano", "https://example.org/a/b", "a/b/c", ""]) {
    await expect(resolveRepo({ config: { repoId }, variant: "text", choose: anything })).rejects.toBeInstanceOf(SpecError);
  }
  await expect(resolveRepo({ config: { repoId: join(NANO, "none") }, variant: "text", choose: anything })).rejects.toThrow(
    /does not exist/,
  );
});

test("graphs are found by precision under onnx/ or in the root, Liquid's suffixes included", () => {
  const paths = ["onnx/model.onnx", "onnx/model_q8.onnx", "onnx/model_q4f32.onnx", "model_fp16.onnx", "onnx/decoder_model_merged_q4.onnx"];
  const find = (dtype: string): string => findGraphFile(paths, ["model", "decoder_model_merged"], dtype, "r");
  expect(["fp32", "q8", "q4f32", "fp16", "q4"].map(find)).toEqual(paths);
  expect(() => find("bnb4")).toThrow("r has no model graph of dtype bnb4; valid here: fp32, fp16, q8, q4, q4f32");
  expect(() => find("constructor")).toThrow(ConnectorError);
  expect(() => findGraphFile(["a.bin"], ["model"], "fp32", "r")).toThrow(/no model graph at all/);
});

test("data files belong to one graph only", () => {
  const paths = [
    "onnx/model.onnx",
    "onnx/model.onnx_data",
    "onnx/model.onnx_data_1",
    "onnx/model_fp16.onnx_data",
    "onnx/model.onnx.data",
    "onnx/model.onnx_data.bak",
  ];
  expect(dataFilesOf(paths, "onnx/model.onnx")).toEqual(["onnx/model.onnx_data", "onnx/model.onnx_data_1", "onnx/model.onnx.data"]);
});

test("a folder without a tokeniser is refused", () => {
  expect(() => chooseTextFiles(["onnx/model.onnx", "config.json"], "fp32", "r")).toThrow("r has no tokenizer.json");
});

test("a precision may be named per component", () => {
  expect([
    dtypeFor(undefined, "model"),
    dtypeFor("q4", "model"),
    dtypeFor({ model: "q8" }, "model"),
    dtypeFor({ other: "q8" }, "model"),
  ]).toEqual(["fp32", "q4", "q8", "fp32"]);
});

test("the registry loads by name, and says which names there are", async () => {
  expect(Object.keys(CONNECTORS)).toEqual([...CONNECTOR_NAMES]);
  const model = await openModel("transformers-text", { config: { repoId: NANO }, threads: 1 });
  expect(model.identity.repo).toBe(NANO);
  await model.dispose();
  await expect(openModel("toString", { config: { repoId: NANO } })).rejects.toThrow(
    /there is no connector "toString": valid are transformers-text/,
  );
});

test("damaged configuration is one clear error", async () => {
  const folder = temporaryFolder();
  cpSync(NANO, folder, { recursive: true });
  writeFileSync(join(folder, "config.json"), "{ nonsense");
  await expect(openModel("transformers-text", { config: { repoId: folder } })).rejects.toBeInstanceOf(ConnectorError);
  mkdirSync(join(folder, "onnx", "model_q4.onnx"));
  await expect(openModel("transformers-text", { config: { repoId: folder }, dtype: "q4" })).rejects.toThrow(/dtype q4; valid here: fp32/);
});

test("a file's hash is remembered until it changes", async () => {
  const path = join(temporaryFolder(), "a.txt");
  writeFileSync(path, "abc");
  expect(await fileSha256(path)).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  writeFileSync(path, "abcd");
  expect(await fileSha256(path)).toBe("88d4266fd4e6338d13b845fcf289579d209c897823b9217da3e161936f031589");
  await expect(fileSha256(`${path}.none`)).rejects.toBeInstanceOf(ConnectorError);
});
