import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openModel } from "../src/connectors/registry.js";
import type { Model } from "../src/connectors/types.js";
import { createRng } from "../src/random.js";
import type { Result } from "../src/results/result_schema.js";
import { requestOf, STRICT } from "../src/spec/load.js";
import type { SpecInput } from "../src/spec/schema.js";
import { explain } from "../src/tasks/explain.js";
import { inspect } from "../src/tasks/inspect.js";
import { INSPECTION_FORMATS } from "../src/views/inspection.js";
import { FORMATS } from "../src/views/result/formats.js";
import { folderWith, run } from "./cli/run.js";
import type { DecoderShape } from "./support/decoder_shape.js";
import { rendered, renderedLater } from "./support/render.js";
import { writeWideTextFolder } from "./support/wide_text_folder.js";

/** Time grows with the prompt alone, so that what is slow here is ours. */
const SHAPE: DecoderShape = { vocabulary: 855, hidden: 8, heads: 1, headDim: 8, mlp: 0, layers: ["conv"] };
const WORDS = ["turn", "on", "the", "kitchen", "light", "please", "music", "what", "is", "it"];
const USAGE = new URL("../scripts/full-size/usage.mjs", import.meta.url);

let model: Model;
let folder: string;

beforeAll(async () => {
  folder = writeWideTextFolder(SHAPE, {}, folderWith({}));
  model = await openModel("transformers-text", { config: { repoId: folder }, device: "cpu", threads: 1 });
});
afterAll(() => model.dispose());

const words = (count: number): string => {
  const rng = createRng(count);
  return Array.from({ length: count }, () => WORDS[rng.int(WORDS.length)]).join(" ");
};

const specOf = (content: string, how: SpecInput["explain"]): SpecInput => ({
  model: { connector: "transformers-text", repo: folder, device: "cpu" },
  messages: [{ role: "user", content }],
  generation: { max_new_tokens: 2 },
  explain: how,
});
const requestFor = (content: string, how: SpecInput["explain"]) =>
  requestOf(specOf(content, how), folder, { policy: { ...STRICT, allowOutside: true } });

async function renderAll(result: Result): Promise<void> {
  for (const format of Object.values(FORMATS)) {
    // Of a result without sound there are no times.
    if (["textgrid", "vtt", "eaf"].includes(format.name)) continue;
    expect((await renderedLater(format, [result])).length, format.name).toBeGreaterThan(1_000);
  }
}

test("a prompt of more than 30,000 tokens, each a player or all one", async () => {
  const text = words(30_000);
  const inspection = await inspect(await requestFor(text, { players: "token" }), { model, cost: false });
  expect(inspection.tokens.length).toBeGreaterThan(30_000);
  expect(inspection.players.length).toBeGreaterThan(30_000);
  expect(rendered(INSPECTION_FORMATS.text, [inspection]).split("\n").length).toBeGreaterThan(60_000);
  const result = await explain(await requestFor(text, { players: "turn" }), { model });
  expect(result.players[0]?.tokens).toHaveLength(inspection.players.length);
  await renderAll(result);
});

test("a thousand players", async () => {
  const how = { players: "word", sampler: "permutation", budget: 2_000 } as const;
  const result = await explain(await requestFor(words(1_000), how), { model });
  expect(result.players).toHaveLength(1_000);
  await renderAll(result);
});

test("long prompts and large vocabularies together stay within --memory: logits of all positions would take 3 GiB", async () => {
  const wide = writeWideTextFolder({ ...SHAPE, vocabulary: 262_144, layers: ["conv", "attention"], positionIds: true }, {}, folderWith({}));
  const usage = join(wide, "usage.json");
  const spec = { ...specOf(words(2_600), { players: "turn" }), run: { memory: "512 MiB" } };
  writeFileSync(join(wide, "spec.json"), JSON.stringify({ ...spec, model: { ...spec.model, repo: "." } }));
  const env = { NODE_OPTIONS: `--import=${USAGE}`, USAGE_FILE: usage };
  const { code, stderr, stdout } = await run(["explain", "-q", "spec.json"], { cwd: wide, env });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const { players } = JSON.parse(stdout) as Result;
  expect(players[0]?.tokens.length).toBeGreaterThan(3_000);
  expect(JSON.parse(readFileSync(usage, "utf8")).peakBytes / 2 ** 20).toBeLessThan(1_200);
});
