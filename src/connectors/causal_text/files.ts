import { ConnectorError } from "../../errors.js";
import { configFiles, dataFilesOf, findGraphFile, lookForGraph } from "../../repos/model_files.js";

/** Names that a text decoder's graph goes by. */
const TEXT_GRAPHS = ["model", "decoder_model_merged"] as const;

/** Of onnxruntime-genai: names the graph and tells what config.json would. */
const GENAI = "genai_config.json";

/** All that a text model needs of its repository. @throws ConnectorError where its graph, configuration or tokeniser is missing. */
export function chooseTextFiles(paths: readonly string[], dtype: string, repo: string): readonly string[] {
  const graph = findTextGraph(paths, dtype, repo);
  if (!paths.includes("config.json") && !paths.includes(GENAI)) throw new ConnectorError(`${repo} has no config.json and no ${GENAI}`);
  for (const needed of ["tokenizer.json", "tokenizer_config.json"]) {
    if (!paths.includes(needed)) throw new ConnectorError(`${repo} has no ${needed}`);
  }
  return [...configFiles(paths), ...dataFilesOf(paths, graph), graph];
}

/**
 * Path of the decoder's graph. A graph whose name tells no precision is one of any precision, which its file then tells.
 * @param dtype "auto" for fp32, or else the only graph.
 * @param named name of the graph by genai_config.json, where that could be read already.
 */
export function findTextGraph(paths: readonly string[], dtype: string, repo: string, named: string | null = null): string {
  const found = lookForGraph(paths, TEXT_GRAPHS, dtype === "auto" ? "fp32" : dtype) ?? genaiGraph(paths, named);
  if (found !== null) return found;
  if (paths.some((path) => /(^|\/)decoder_with_past_model(_\w+)?\.onnx$/.test(path))) {
    throw new ConnectorError(
      `${repo} has its decoder in two graphs, decoder_model and decoder_with_past_model, as optimum once wrote them: export it again, which gives one model.onnx`,
    );
  }
  const folders = modelFolders(paths);
  if (folders.length > 0 && !paths.some((path) => /^(onnx\/)?[^/]+\.onnx$/.test(path))) {
    throw new ConnectorError(
      `${repo} holds its models in folders: add one to the name, as in ${repo}/${folders[0]}; valid are ${folders.join(", ")}`,
    );
  }
  return findGraphFile(paths, TEXT_GRAPHS, dtype === "auto" ? "fp32" : dtype, repo);
}

/** The graph of a folder as onnxruntime-genai makes it. */
function genaiGraph(paths: readonly string[], named: string | null): string | null {
  if (!paths.includes(GENAI)) return null;
  const graphs = paths.filter((path) => /^[^/]+\.onnx$/.test(path));
  if (named !== null && graphs.includes(named)) return named;
  return graphs.length === 1 ? (graphs[0] as string) : null;
}

/** Folders that hold a model of their own, with its configuration beside it. */
export function modelFolders(paths: readonly string[]): readonly string[] {
  const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf("/")));
  const graphs = new Set(paths.filter((path) => path.endsWith(".onnx")).map(folderOf));
  const configured = paths.filter((path) => /(^|\/)(genai_)?config\.json$/.test(path)).map(folderOf);
  return [...new Set(configured)].filter((folder) => folder !== "" && graphs.has(folder)).sort();
}
