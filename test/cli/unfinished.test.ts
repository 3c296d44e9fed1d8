import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { keepUnfinished } from "../../src/cli/unfinished.js";
import { readResults } from "../../src/results/read_result.js";
import { FORMATS } from "../../src/views/result/formats.js";
import { SAMPLES, sampleResult } from "../support/samples.js";
import { folderWith } from "./run.js";

const result = sampleResult(SAMPLES.text);
const { json, jsonl, csv, text } = FORMATS;

test("results lie beside the document until it is there", async () => {
  const file = join(folderWith({}), "out.json");
  const said: string[] = [];
  const unfinished = await keepUnfinished([{ file, format: json }], (line) => said.push(line));
  expect(existsSync(`${file}.partial.jsonl`)).toBe(false);
  for (const _ of [1, 2]) await unfinished?.keep(result);
  expect(readResults(readFileSync(`${file}.partial.jsonl`, "utf8"), "x")).toEqual([result, result]);
  await unfinished?.close(true);
  expect(existsSync(`${file}.partial.jsonl`)).toBe(false);
  expect(said).toEqual([]);
});

test("where the document could not be written they stay, and are named", async () => {
  const file = join(folderWith({}), "out.json");
  const said: string[] = [];
  const unfinished = await keepUnfinished([{ file, format: json }], (line) => said.push(line));
  await unfinished?.keep(result);
  await unfinished?.close(false);
  expect(said).toEqual([`mllm-shap: finished results are kept in ${file}.partial.jsonl`]);
});

test("what a killed run left is told of, and kept", async () => {
  const file = join(folderWith({ "out.json.partial.jsonl": "left\n" }), "out.json");
  const said: string[] = [];
  const unfinished = await keepUnfinished([{ file, format: json }], (line) => said.push(line));
  expect(said).toEqual([expect.stringContaining(`mllm-shap show ${file}.partial.jsonl -o ${file}`)]);
  await unfinished?.keep(result);
  expect(existsSync(`${file}.partial-2.jsonl`)).toBe(true);
  await unfinished?.close(true);
  expect(readFileSync(`${file}.partial.jsonl`, "utf8")).toBe("left\n");
  expect(existsSync(`${file}.partial-2.jsonl`)).toBe(false);
  writeFileSync(file, "");
});

test("is not needed where every result goes out whole as it is finished, or to standard output alone", async () => {
  const none = [
    [
      { file: "a.json", format: json },
      { file: "a.jsonl", format: jsonl },
    ],
    [{ file: "a.csv", format: csv }],
    [{ file: null, format: json }],
  ];
  for (const outputs of none) expect(await keepUnfinished(outputs, () => undefined)).toBeNull();
  expect(
    await keepUnfinished(
      [
        { file: "a.txt", format: text },
        { file: "a.json", format: json },
      ],
      () => undefined,
    ),
  ).not.toBeNull();
});
