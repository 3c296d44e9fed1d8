import { ConnectorError } from "../../../../errors.js";
import { configFiles, dataFilesOf, findGraphFile, lookForGraph } from "../../../../repos/model_files.js";

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

/** A graph file, relative to the repository. */
export interface GraphChoice {
  readonly path: string;
  readonly dtype: string;
}

/** Where rows of an embedding come from: a table with its description (null for .npy, which describes itself), or a graph. */
export type RowsChoice =
  | { readonly kind: "table"; readonly path: string; readonly description: string | null }
  | { readonly kind: "graph"; readonly graph: GraphChoice };

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

type Dtypes = string | Readonly<Record<string, string>> | undefined;

/** Tried in this order where a precision is asked for all graphs and a smaller one than the decoder has not got it. */
const FALLBACKS = ["fp32", "fp16"] as const;

/**
 * Finds the parts of a Liquid audio repository, in the layout of LFM2.5-Audio ONNX, its earlier versions, or of
 * onnxruntime-genai.
 *
 * A precision for all graphs must exist for the decoder; other graphs that lack it are taken in fp32 or else fp16, as the
 * published repositories mean it. A precision for one component must exist, and components not named are taken in fp32 or else fp16.
 * @param paths files of the repository, `/`-separated.
 * @throws ConnectorError that names what is missing and what is there.
 */
export function chooseLiquidFiles(paths: readonly string[], dtype: Dtypes, repo: string): LiquidFiles {
  checkComponents(dtype);
  for (const needed of ["config.json", "tokenizer.json", "tokenizer_config.json"]) {
    if (!paths.includes(needed)) throw new ConnectorError(`${repo} has no ${needed}`);
  }
  const graph = (component: Component): GraphChoice | null => graphOf(paths, component, dtype, repo);
  const decoder = graph("decoder") ?? { path: findGraphFile(paths, GRAPHS.decoder, "fp32", repo), dtype: "fp32" };
  const text = rowsOf(paths, "embed_tokens", () => graph("embeddings"));
  if (text === null) {
    throw new ConnectorError(
      `${repo} has no token embeddings: embed_tokens.bin with embed_tokens.json, embed_tokens.npy or embeddings.onnx`,
    );
  }
  return {
    decoder,
    encoder: graph("audio_encoder"),
    text,
    audio: rowsOf(paths, "audio_embedding", () => graph("audio_embedding")),
    depthformer: graph("vocoder_depthformer"),
    projection: graph("vocoder_projection"),
    detokenizer: graph("audio_detokenizer"),
    melConfig: first(paths, ["onnx/mel_config.json", "mel_config.json"]),
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
export function dtypeInWords(files: LiquidFiles): string {
  const graphs = graphsOf(files);
  if (graphs.every(([, { dtype }]) => dtype === files.decoder.dtype)) return files.decoder.dtype;
  return graphs.map(([component, { dtype }]) => `${component} ${dtype}`).join(", ");
}

/** Graphs in another precision than the one asked for all, in words. */
export function fallbacksInWords(files: LiquidFiles, dtype: Dtypes): readonly string[] {
  if (typeof dtype !== "string" || dtype === "auto") return [];
  return graphsOf(files).flatMap(([component, graph]) =>
    graph.dtype === dtype ? [] : [`there is no ${component} in ${dtype}: ${graph.path} is used`],
  );
}

function graphOf(paths: readonly string[], component: Component, dtype: Dtypes, repo: string): GraphChoice | null {
  const names = GRAPHS[component];
  const asked = typeof dtype === "string" ? dtype : dtype?.[component];
  const strict = asked !== undefined && (typeof dtype !== "string" || component === "decoder");
  const wanted = strict ? [asked] : [...new Set([...(asked === undefined ? [] : [asked]), ...FALLBACKS])];
  for (const name of wanted) {
    const path = lookForGraph(paths, names, name);
    if (path !== null) return { path, dtype: name };
  }
  const isThere = paths.some((path) => names.some((name) => new RegExp(`^(onnx/)?${name}(_\\w+)?\\.onnx$`).test(path)));
  return strict || isThere ? { path: findGraphFile(paths, names, wanted[0] as string, repo), dtype: wanted[0] as string } : null;
}

function rowsOf(paths: readonly string[], name: string, graph: () => GraphChoice | null): RowsChoice | null {
  const bin = first(paths, [`onnx/${name}.bin`, `${name}.bin`]);
  const description = bin === null ? null : bin.replace(/bin$/, "json");
  if (bin !== null && description !== null && paths.includes(description)) return { kind: "table", path: bin, description };
  const npy = first(paths, [`onnx/${name}.npy`, `${name}.npy`]);
  if (npy !== null) return { kind: "table", path: npy, description: null };
  const choice = graph();
  return choice === null ? null : { kind: "graph", graph: choice };
}

function checkComponents(dtype: Dtypes): void {
  if (dtype === undefined || typeof dtype === "string") return;
  for (const name of Object.keys(dtype)) {
    if (!Object.hasOwn(GRAPHS, name)) {
      throw new ConnectorError(
        `this connector has no component "${name}" to give a precision: valid are ${Object.keys(GRAPHS).join(", ")}`,
      );
    }
  }
}

function first(paths: readonly string[], wanted: readonly string[]): string | null {
  return wanted.find((path) => paths.includes(path)) ?? null;
}
