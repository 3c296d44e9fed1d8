import { basename, dirname } from "node:path";
import { ConnectorError } from "../errors.js";

/** Precision → suffixes of its graph file, the usual one first; `_q8`, `_q8f16` and `_q4f32` are Liquid's. */
export const DTYPE_SUFFIXES = {
  fp32: [""],
  fp16: ["_fp16"],
  q8: ["_quantized", "_q8"],
  int8: ["_int8"],
  uint8: ["_uint8"],
  q8f16: ["_q8f16"],
  q4: ["_q4"],
  q4f16: ["_q4f16"],
  q4f32: ["_q4f32"],
  bnb4: ["_bnb4"],
  q2: ["_q2"],
  q2f16: ["_q2f16"],
  q1: ["_q1"],
  q1f16: ["_q1f16"],
} as const satisfies Record<string, readonly string[]>;

export type Dtype = keyof typeof DTYPE_SUFFIXES;

const FOLDERS = ["onnx/", ""];

/**
 * Finds a graph file of a repository.
 * @param paths files of the repository, `/`-separated.
 * @param names stems that the graph may have, the best first, such as `["model", "decoder_model_merged"]`.
 * @throws ConnectorError that lists the precisions that are there.
 */
export function findGraphFile(paths: readonly string[], names: readonly string[], dtype: string, repo: string): string {
  const found = lookForGraph(paths, names, dtype);
  if (found !== null) return found;
  const others = Object.keys(DTYPE_SUFFIXES).filter((name) => lookForGraph(paths, names, name) !== null);
  const choice =
    others.length === 0
      ? `it has no ${names.join(" or ")} graph at all (looked in onnx/ and the root)`
      : `valid here: ${others.join(", ")}`;
  throw new ConnectorError(`${repo} has no ${names[0]} graph of dtype ${dtype}; ${choice}`);
}

/** As `findGraphFile`, or null where there is none. */
export function lookForGraph(paths: readonly string[], names: readonly string[], dtype: string): string | null {
  if (!isDtype(dtype)) return null;
  const there = new Set(paths);
  const candidates = names.flatMap((stem) =>
    DTYPE_SUFFIXES[dtype].flatMap((suffix) => FOLDERS.map((folder) => `${folder}${stem}${suffix}.onnx`)),
  );
  return candidates.find((path) => there.has(path)) ?? null;
}

function isDtype(name: string): name is Dtype {
  return Object.hasOwn(DTYPE_SUFFIXES, name);
}

/** The folder that a graph's path was put together from: graphs lie in it or in its folder onnx/. @param path absolute. */
export function repoFolderOf(path: string): string {
  const folder = dirname(path);
  return FOLDERS.includes(`${basename(folder)}/`) ? dirname(folder) : folder;
}

/** Weights beside a graph: `model.onnx_data`, `model.onnx_data_1`, … or `model.onnx.data`. */
export function dataFilesOf(paths: readonly string[], graph: string): readonly string[] {
  return paths.filter((path) => path.startsWith(graph) && /^(_data(_\d+)?|\.data)$/.test(path.slice(graph.length)));
}

const TEXT_FILES =
  /^(config|genai_config|generation_config|tokenizer|tokenizer_config|special_tokens_map|vocab|added_tokens)\.json$|^merges\.txt$|^chat_template\.(jinja|json)$|^additional_chat_templates\/[^/]+\.jinja$/;

/** Configuration, tokeniser and template: small files that every model needs. */
export function configFiles(paths: readonly string[]): readonly string[] {
  return paths.filter((path) => TEXT_FILES.test(path));
}

/** Files that determine a prompt or an answer, besides the graphs. */
export function identityFiles(paths: readonly string[]): readonly string[] {
  return configFiles(paths).filter((path) => !["special_tokens_map.json", "vocab.json", "merges.txt"].includes(path));
}

/** The precision asked for one component, or for all; fp32 where none is. */
export function dtypeFor(dtype: string | Readonly<Record<string, string>> | undefined, component: string): string {
  const asked = typeof dtype === "string" ? dtype : dtype?.[component];
  return asked === undefined || asked === "auto" ? "fp32" : asked;
}
