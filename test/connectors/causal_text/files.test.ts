import { expect, test } from "vitest";
import { chooseTextFiles, findTextGraph } from "../../../src/connectors/causal_text/files.js";

const TOKENISER = ["tokenizer.json", "tokenizer_config.json"];

test("a folder of onnxruntime-genai needs no config.json, and its one graph serves any precision", () => {
  const paths = [...TOKENISER, "genai_config.json", "chat_template.jinja", "model.onnx", "model.onnx.data"];
  for (const dtype of ["auto", "fp32", "q4"]) {
    expect([...chooseTextFiles(paths, dtype, "r")].sort()).toEqual([...paths].sort());
  }
  const named = [...TOKENISER, "genai_config.json", "embeddings.onnx", "text.onnx"];
  expect(findTextGraph(named, "auto", "r", "text.onnx")).toBe("text.onnx");
  expect(() => findTextGraph(named, "auto", "r")).toThrow(/no model graph/);
});

test("beside graphs that tell their precision, a genai configuration changes nothing", () => {
  const paths = [...TOKENISER, "config.json", "genai_config.json", "onnx/model.onnx", "onnx/model_q4.onnx", "onnx/model_q4.onnx_data"];
  expect(findTextGraph(paths, "auto", "r")).toBe("onnx/model.onnx");
  expect(chooseTextFiles(paths, "q4", "r")).toContain("onnx/model_q4.onnx_data");
  expect(() => findTextGraph(paths, "fp16", "r")).toThrow("r has no model graph of dtype fp16; valid here: fp32, q4");
});

test("a repository of folders names them, and a folder of it is one of its models", () => {
  const int4 = "cpu_and_mobile/cpu-int4-rtn-block-32-acc-level-4";
  const folders = ["cuda/cuda-fp16", int4];
  const paths = folders.flatMap((folder) => [...TOKENISER, "genai_config.json", "model.onnx"].map((name) => `${folder}/${name}`));
  expect(() => chooseTextFiles(["README.md", "config.json", ...paths], "auto", "owner/name")).toThrow(
    `owner/name holds its models in folders: add one to the name, as in owner/name/${int4}; valid are ${int4}, cuda/cuda-fp16`,
  );
});

test("a decoder in two graphs is refused with what to do", () => {
  const paths = ["config.json", "decoder_model.onnx", "decoder_with_past_model.onnx"];
  expect(() => findTextGraph(paths, "auto", "r")).toThrow(/two graphs, decoder_model and decoder_with_past_model.*export it again/);
  expect(findTextGraph([...paths, "decoder_model_merged.onnx"], "auto", "r")).toBe("decoder_model_merged.onnx");
});
