import { readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkText } from "../../../src/connectors/causal_text/check.js";
import { TransformersCausalText } from "../../../src/connectors/causal_text/model.js";
import { ConnectorError } from "../../../src/errors.js";
import { requestOf } from "../../../src/spec/load.js";
import { explain } from "../../../src/tasks/explain.js";
import { writeDecoder } from "../../support/decoder_files.js";
import { INT64 } from "../../support/onnx_writer.js";
import { GENAI_CONFIG, GENAI_SHAPE, writeGenaiFolder } from "../../support/text_folder.js";

const load = (repoId: string, dtype?: string): Promise<TransformersCausalText> =>
  TransformersCausalText.load({ config: { repoId }, device: "cpu", threads: 1, ...(dtype === undefined ? {} : { dtype }) });

async function refusal(folder: string, dtype?: string): Promise<string> {
  const error = await load(folder, dtype).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ConnectorError);
  const { message } = error as ConnectorError;
  expect(message).not.toContain("\n");
  expect(message.length).toBeLessThan(400);
  return message;
}

const rewrite = (folder: string, model: object): void =>
  writeFileSync(join(folder, "genai_config.json"), JSON.stringify({ model: { ...GENAI_CONFIG.model, ...model } }));

describe("a folder of onnxruntime-genai", () => {
  test("works as it is, and says what it holds", async () => {
    const model = await load(writeGenaiFolder());
    expect(model.identity.dtype).toBe("fp32");
    expect(Object.keys(model.identity.sha256)).toEqual(expect.arrayContaining(["genai_config.json", "model.onnx", "model.onnx.data"]));
    expect(model.usage.plan).toContain("shared prefix copied to every row");
    const chat = await model.buildChat([{ role: "user", content: [{ kind: "text", text: "turn on the light" }] }]);
    const masked = [0, 1, 2, 3].map((i) => chat.withPlayers(Uint8Array.from({ length: chat.playersNum }, (_, j) => (j + i) % 2)));
    const together = await model.generateBatch([chat, ...masked], { maxNewTokens: 6 });
    const alone = await load(writeGenaiFolder());
    for (const [i, one] of [chat, ...masked].entries()) {
      const [answer] = await alone.generateBatch([await sameChat(alone, one === chat ? null : i - 1)], { maxNewTokens: 6 });
      expect([...(together[i]?.generatedTextTokens ?? [])]).toEqual([...(answer?.generatedTextTokens ?? [])]);
    }
    await model.dispose();
    await alone.dispose();
  });

  test("is of one precision: another is refused, its own may be named", async () => {
    const folder = writeGenaiFolder();
    expect(await refusal(folder, "q4")).toMatch(/model\.onnx holds weights in fp32, not q4: ask for fp32, or for no precision$/);
    const model = await load(folder, "fp32");
    expect(model.identity.dtype).toBe("fp32");
    await model.dispose();
  });

  test("leaves its attention window to onnxruntime-genai: values of longer conversations come with a warning, those of shorter ones do not", async () => {
    const folder = writeGenaiFolder();
    const { decoder } = GENAI_CONFIG.model;
    rewrite(folder, { decoder: { ...decoder, sliding_window: { window_size: 20 } } });
    const model = await load(folder);
    const notesOn = async (text: string, answer: string): Promise<readonly string[]> => {
      const chat = await model.buildChat([{ role: "user", content: [{ kind: "text", text }] }]);
      return model.notesOn(chat, model.encodeResponse(answer));
    };
    expect(await notesOn("hi", "hi")).toEqual([]);
    const note = expect.stringMatching(/^genai_config\.json leaves the attention window of 20 tokens to onnxruntime-genai/);
    expect(await notesOn("turn on the light ".repeat(8).trim(), "hi")).toEqual([note]);
    expect(await notesOn("hi", "turning on the light ".repeat(8).trim())).toEqual([note]);
    const request = await requestOf(
      {
        model: { connector: "transformers-text", repo: folder, device: "cpu" },
        messages: [
          { role: "user", content: "turn on the kitchen light please, and the lamp in the garden" },
          { role: "assistant", content: "turning on the light" },
        ],
        explain: { players: "sentence" },
      },
      folder,
    );
    expect((await explain(request, { model })).warnings).toEqual([note]);
    await model.dispose();
  });

  test("names its inputs and outputs itself", async () => {
    const rename = (name: string): string =>
      name.replace(/^past_key_values\.(\d+)\.(\w+)$/, "history_$2_of_$1").replace(/^logits$/, "scores");
    const folder = writeGenaiFolder((graph) => ({
      ...graph,
      inputs: graph.inputs.map((input) => ({ ...input, name: rename(input.name) })),
      outputs: graph.outputs.map((output) => ({ ...output, name: rename(output.name) })),
      nodes: graph.nodes.map((node) => ({ ...node, inputs: node.inputs.map(rename), outputs: node.outputs.map(rename) })),
    }));
    const { decoder } = GENAI_CONFIG.model;
    const inputs = { ...decoder.inputs, past_key_names: "history_key_of_%d", past_value_names: "history_value_of_%d" };
    rewrite(folder, { decoder: { ...decoder, inputs, outputs: { ...decoder.outputs, logits: "scores" } } });
    const model = await load(folder);
    expect(model.model.io.caches.map(({ past }) => past)).toContain("history_value_of_1");
    await model.dispose();
  });
});

async function sameChat(model: TransformersCausalText, mask: number | null) {
  const chat = await model.buildChat([{ role: "user", content: [{ kind: "text", text: "turn on the light" }] }]);
  return mask === null ? chat : chat.withPlayers(Uint8Array.from({ length: chat.playersNum }, (_, j) => (j + mask) % 2));
}

describe("a bad folder is refused in one line", () => {
  const cases: readonly (readonly [string, (folder: string) => void, RegExp])[] = [
    [
      "truncated graph",
      (f) => truncateSync(join(f, "model.onnx"), 900),
      /model\.onnx cannot be loaded: it is truncated, damaged or no ONNX file/,
    ],
    ["empty graph", (f) => truncateSync(join(f, "model.onnx"), 0), /model\.onnx cannot be read: it is empty$/],
    ["missing data", (f) => rmSync(join(f, "model.onnx.data")), /its data file .*model\.onnx\.data is missing$/],
    [
      "truncated data",
      (f) => truncateSync(join(f, "model.onnx.data"), 99),
      /its data file .*model\.onnx\.data is cut off, 99 of \d+ bytes$/,
    ],
    [
      "vocabulary of another model",
      (f) => rewrite(f, { vocab_size: 32_000 }),
      /is that of another model: it says vocabulary 32000, the graph has 855$/,
    ],
    [
      "heads of another model",
      (f) => rewrite(f, { decoder: { ...GENAI_CONFIG.model.decoder, num_key_value_heads: 8 } }),
      /it says key-value heads 8, the graph has 2$/,
    ],
    [
      "layers of another model",
      (f) => rewrite(f, { decoder: { ...GENAI_CONFIG.model.decoder, num_hidden_layers: 1 } }),
      /it says layers 1, the graph has 2$/,
    ],
    [
      "head size of another model",
      (f) => rewrite(f, { decoder: { ...GENAI_CONFIG.model.decoder, head_size: 32 } }),
      /it says caches of 2 heads of 32, the graph (has 2 of 16|refuses them)$/,
    ],
    ["no head size", (f) => rewrite(f, { decoder: { filename: "model.onnx" } }), /leaves open how many heads it has or how large they are/],
    ["no tokeniser", (f) => rmSync(join(f, "tokenizer.json")), /has no tokenizer\.json$/],
    ["no configuration", (f) => rmSync(join(f, "genai_config.json")), /has no config\.json and no genai_config\.json$/],
    ["configuration that is no JSON", (f) => writeFileSync(join(f, "genai_config.json"), "{"), /genai_config\.json is no JSON/],
    ["no graph", (f) => rmSync(join(f, "model.onnx")), /has no model graph of dtype fp32/],
  ];
  test.each(cases)("%s", async (_title, spoil, line) => {
    const folder = writeGenaiFolder();
    spoil(folder);
    expect(await refusal(folder)).toMatch(line);
  });

  test("a graph that is no decoder", async () => {
    const folder = writeGenaiFolder();
    const encoder = writeDecoder({ ...GENAI_SHAPE, layers: [] }, (graph) => ({
      ...graph,
      outputs: graph.outputs.map((output) => ({ ...output, name: output.name === "logits" ? "last_hidden_state" : output.name })),
      nodes: graph.nodes.map((node) => ({
        ...node,
        outputs: node.outputs.map((name) => (name === "logits" ? "last_hidden_state" : name)),
      })),
    }));
    writeFileSync(join(folder, "model.onnx"), readFileSync(encoder));
    expect(await refusal(folder)).toMatch(/there is no output `logits`: this graph is no text decoder/);
  });

  test("an operator that this runtime does not have", async () => {
    const folder = writeGenaiFolder((graph) => ({
      ...graph,
      nodes: graph.nodes.map((node) => (node.op === "LayerNormalization" ? { ...node, op: "LayerDaydreaming" } : node)),
    }));
    expect(await refusal(folder)).toMatch(/it needs an operator that this onnxruntime does not have \(.*LayerDaydreaming/);
  });
});

test("the check shows what is there, and what is not understood with all inputs and outputs", async () => {
  const good = await checkText({ config: { repoId: writeGenaiFolder() }, device: "cpu", threads: 1 });
  expect(good.map(({ check, status }) => `${check}: ${status}`)).toEqual([
    ...["files", "configuration", "tokeniser", "template", "decoder", "precision", "plan", "likelihood: caches", "likelihood: batches"].map(
      (check) => `${check}: passed`,
    ),
  ]);
  expect(good[0]?.found).toBe("model.onnx, 1 data file");
  expect(good.find(({ check }) => check === "likelihood: batches")?.found).toBe("off by 0.0e+0");

  const folder = writeGenaiFolder((graph) => ({
    ...graph,
    inputs: [...graph.inputs, { name: "mystery", type: INT64, dims: ["batch_size", 7] }],
    nodes: [...graph.nodes, { op: "Identity", inputs: ["mystery"], outputs: ["unused"] }],
    outputs: [...graph.outputs, { name: "unused", type: INT64, dims: ["batch_size", 7] }],
  }));
  const bad = await checkText({ config: { repoId: folder }, device: "cpu", threads: 1 });
  const row = bad.find(({ check }) => check === "decoder");
  expect([row?.status, row?.detail]).toEqual([
    "failed",
    expect.stringContaining("the role of input `mystery` (int64 [batch_size, 7]) is not known"),
  ]);
  const listed = bad.filter(({ check }) => /^decoder: (in|out)put$/.test(check)).map(({ found }) => found);
  expect(listed).toContain("past_key_values.1.value: float32 [batch_size, 2, past_sequence_length, kv_cache_dim]");
  expect(listed).toContain("logits: float32 [batch_size, sequence_length, 855]");
});
