import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "./decoder_files.js";
import { type DecoderShape, decoderGraph } from "./decoder_graph.js";
import { encodeModel } from "./onnx_writer.js";
import { writeWideTokenizer } from "./wide_tokenizer.js";

const NANO = fileURLToPath(new URL("../../fixtures/models/nano/text", import.meta.url));

/** Writes a text model of random weights with the embedded model's template, and its tokeniser widened to the shape's vocabulary; its folder. */
export function writeWideTextFolder(
  shape: DecoderShape,
  config: Readonly<Record<string, unknown>> = {},
  folder = temporaryFolder(),
): string {
  mkdirSync(join(folder, "onnx"));
  writeWideTokenizer(NANO, folder, shape.vocabulary);
  writeFileSync(join(folder, "config.json"), JSON.stringify({ vocab_size: shape.vocabulary, ...config }));
  writeFileSync(join(folder, "onnx/model.onnx"), encodeModel(decoderGraph(shape)));
  return folder;
}
