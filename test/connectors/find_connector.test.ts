import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { findConnector } from "../../src/connectors/find_connector.js";
import { connectors, openModel } from "../../src/connectors/registry.js";
import { ConnectorError, SpecError } from "../../src/errors.js";
import { temporaryFolder } from "../support/decoder_files.js";

function folderOf(files: Readonly<Record<string, unknown>>): string {
  const folder = temporaryFolder();
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), typeof content === "string" ? content : JSON.stringify(content));
  }
  return folder;
}

const find = async (repoId: string): Promise<string> => (await findConnector({ config: { repoId } }, connectors)).name;
const graphs = (...names: string[]) => Object.fromEntries(names.map((name) => [name, ""]));

test.each([
  ["transformers-text", { "config.json": { model_type: "llama" }, ...graphs("onnx/model.onnx") }],
  ["transformers-text", { "config.json": { model_type: "gpt2" }, ...graphs("decoder_model_merged.onnx") }],
  ["transformers-text", { "genai_config.json": {}, ...graphs("phi3-int4.onnx") }],
  ["liquid-audio", { "config.json": {}, ...graphs("onnx/decoder_q4.onnx", "onnx/audio_encoder.onnx") }],
  ["liquid-audio", { "config.json": { model_type: "lfm2_audio" }, ...graphs("onnx/decoder.onnx") }],
  ["speech", { "config.json": { model_type: "ultravox" }, ...graphs("onnx/decoder_model_merged.onnx", "onnx/audio_encoder.onnx") }],
  ["speech", { "config.json": { model_type: "voxtral" }, ...graphs("onnx/decoder_model_merged_q4.onnx", "onnx/audio_encoder_q4.onnx") }],
  ["speech", { "config.json": { model_type: "lfm3_audio" }, ...graphs("onnx/decoder_q4.onnx", "onnx/audio_encoder.onnx") }],
  ["speech", { "config.json": { architectures: ["Lfm3AudioForConditionalGeneration"] }, ...graphs("decoder_q8f16.onnx") }],
])("%s is found from its files", async (name, files) => {
  expect(await find(folderOf(files))).toBe(name);
});

test("what nobody reads is told with its type", async () => {
  const folder = folderOf({ "config.json": { model_type: "whisper" }, ...graphs("onnx/audio_encoder.onnx") });
  await expect(find(folder)).rejects.toThrow(
    /no connector is known to read a model of type whisper; name one.*valid are transformers-text/,
  );
  await expect(find(folder)).rejects.toThrow(ConnectorError);
  await expect(find(folderOf({}))).rejects.toThrow(/has no model graph: there is no \.onnx file in it/);
  await expect(find(folderOf({ "config.json": "{" }))).rejects.toThrow(/config\.json is no JSON/);
});

test("a name that stands for several models, or for none", async () => {
  await expect(find("embedded:nano")).rejects.toThrow(
    /holds models for transformers-text and liquid-audio: name one with model\.connector/,
  );
  await expect(find("embedded:nano")).rejects.toThrow(SpecError);
  await expect(find("embedded:other")).rejects.toThrow(/embedded model "other" does not exist/);
});

test("a template is for models that have one", async () => {
  const folder = folderOf({ "config.json": {}, ...graphs("onnx/decoder.onnx") });
  const config = { repoId: folder };
  await expect(openModel("auto", { config, template: { name: "other" } })).rejects.toThrow(
    /are not for liquid-audio, whose turns are fixed/,
  );
  await expect(openModel("speech", { config, template: { name: "other" } })).rejects.toThrow(
    /are not for lfm2-audio, whose turns are fixed/,
  );
  await expect(openModel("nothing", { config })).rejects.toThrow(
    /no connector "nothing": valid are transformers-text, liquid-audio, speech/,
  );
});
