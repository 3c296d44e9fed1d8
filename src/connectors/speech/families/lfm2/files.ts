import { ConnectorError } from "../../../../errors.js";
import { configFiles, dataFilesOf } from "../../../../repos/model_files.js";
import {
  checkComponents,
  type Dtypes,
  dtypesInWords,
  fallbacksOf,
  firstOf,
  type GraphChoice,
  type GraphSearch,
  graphOf,
  neededGraph,
  type RowsChoice,
  requireFiles,
  rowsChoice,
} from "../../graph_files.js";

export type { GraphChoice, RowsChoice } from "../../graph_files.js";

/** Graphs of a repository by what they do, each with the names that exports have given it, the newest first. */
const GRAPHS = {
  decoder: ["decoder", "model"],
  audio_encoder: ["audio_encoder"],
  embeddings: ["embeddings"],
  audio_embedding: ["audio_embedding"],
  vocoder_depthformer: ["vocoder_depthformer", "depthformer/depthformer_unified"],
  vocoder_projection: ["vocoder_projection", "depthformer/depth_linear"],
  audio_detokenizer: ["audio_detokenizer"],
} as const satisfies Record<string, readonly string[]>;

export type Component = keyof typeof GRAPHS;

/** Files of one model, relative to the repository; what is null is not there. */
export interface LiquidFiles {
  readonly decoder: GraphChoice;
  readonly encoder: GraphChoice | null;
  readonly text: RowsChoice;
  readonly audio: RowsChoice | null;
  readonly depthformer: GraphChoice | null;
  readonly projection: GraphChoice | null;
  readonly detokenizer: GraphChoice | null;
  readonly melConfig: string | null;
}

/**
 * Finds the parts of a Liquid audio repository, in the layout of LFM2.5-Audio ONNX, its earlier versions, or of
 * onnxruntime-genai; precisions as `graphOf` has them.
 * @param paths files of the repository, `/`-separated.
 * @throws ConnectorError that names what is missing and what is there.
 */
export function chooseLiquidFiles(paths: readonly string[], dtype: Dtypes, repo: string): LiquidFiles {
  const search: GraphSearch = { paths, names: GRAPHS, main: "decoder", dtype, repo };
  checkComponents(search);
  requireFiles(paths, repo);
  const graph = (component: Component): GraphChoice | null => graphOf(search, component);
  const decoder = neededGraph(search, "decoder");
  const text = rowsChoice(search, "embed_tokens", "embeddings");
  if (text === null) {
    throw new ConnectorError(
      `${repo} has no token embeddings: embed_tokens.bin with embed_tokens.json, embed_tokens.npy or embeddings.onnx`,
    );
  }
  return {
    decoder,
    encoder: graph("audio_encoder"),
    text,
    audio: rowsChoice(search, "audio_embedding", "audio_embedding"),
    depthformer: graph("vocoder_depthformer"),
    projection: graph("vocoder_projection"),
    detokenizer: graph("audio_detokenizer"),
    melConfig: firstOf(paths, ["onnx/mel_config.json", "mel_config.json"]),
  };
}

/** The graphs among the files, by component. */
export function graphsOf(files: LiquidFiles): readonly (readonly [Component, GraphChoice])[] {
  const rows = (choice: RowsChoice | null): GraphChoice | null => (choice?.kind === "graph" ? choice.graph : null);
  const all: readonly (readonly [Component, GraphChoice | null])[] = [
    ["decoder", files.decoder],
    ["audio_encoder", files.encoder],
    ["embeddings", rows(files.text)],
    ["audio_embedding", rows(files.audio)],
    ["vocoder_depthformer", files.depthformer],
    ["vocoder_projection", files.projection],
    ["audio_detokenizer", files.detokenizer],
  ];
  return all.flatMap(([component, graph]) => (graph === null ? [] : [[component, graph] as const]));
}

/** Tables and descriptions that determine answers. */
export function plainFilesOf(files: LiquidFiles): readonly string[] {
  const tables = [files.text, files.audio].flatMap((rows) => (rows?.kind === "table" ? [rows.path, rows.description] : []));
  return [...tables, files.melConfig].filter((path) => path !== null);
}

/** All that is fetched of a hub repository. */
export function liquidFileList(paths: readonly string[], files: LiquidFiles): readonly string[] {
  const graphs = graphsOf(files).map(([, { path }]) => path);
  return [...configFiles(paths), ...plainFilesOf(files), ...graphs.flatMap((graph) => dataFilesOf(paths, graph)), ...graphs];
}

/** One precision, or each component's where they differ. */
export const dtypeInWords = (files: LiquidFiles): string => dtypesInWords(graphsOf(files), files.decoder.dtype);

/** Graphs in another precision than the one asked for all, in words. */
export const fallbacksInWords = (files: LiquidFiles, dtype: Dtypes): readonly string[] => fallbacksOf(graphsOf(files), dtype);
