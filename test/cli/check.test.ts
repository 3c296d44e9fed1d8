import { expect, test } from "vitest";
import type { CheckRow } from "../../src/connectors/check_row.js";
import { writeGenaiFolder } from "../support/text_folder.js";
import { folderWith, run } from "./run.js";

test("models check prints a table of what was found and judged, and exits with 1 where something failed", async () => {
  const good = await run(["models", "check", "embedded:nano", "--device", "cpu"]);
  expect([good.code, good.stderr]).toEqual([0, ""]);
  const rows = JSON.parse(good.stdout) as readonly CheckRow[];
  expect(rows.map(({ status }) => status)).not.toContain("failed");
  expect(rows.find(({ check }) => check === "decoder")?.found).toContain("onnx/decoder.onnx");

  const folder = folderWith({ "config.json": "{}", "tokenizer.json": "{}", "tokenizer_config.json": "{}" });
  const bad = await run(["models", "check", ".", "--json"], { cwd: folder });
  expect(bad.code).toBe(1);
  expect(JSON.parse(bad.stdout)).toEqual([
    {
      check: "files",
      found: folder,
      status: "failed",
      detail: expect.stringMatching(/has no model graph: there is no \.onnx file in it$/) as string,
    },
  ]);
});

test("models check tries a text model where the files are one's, or it is asked for one", async () => {
  const checks = async (...args: readonly string[]): Promise<readonly string[]> => {
    const { code, stdout } = await run(["models", "check", ...args]);
    expect(code).toBe(0);
    return (JSON.parse(stdout) as readonly CheckRow[]).map(({ check }) => check);
  };
  expect(await checks(writeGenaiFolder(), "--device", "cpu")).toContain("template");
  expect(await checks("embedded:nano", "--connector", "transformers-text", "--device", "cpu")).toContain("likelihood: batches");
});

test("models check fetches nothing without leave", async () => {
  const { code, stderr } = await run(["models", "check", "owner/name"]);
  expect([code, stderr]).toEqual([2, expect.stringMatching(/^mllm-shap: model owner\/name .* not cached: .*--allow-download\n$/)]);
});
