import { ConnectorError } from "../../errors.js";
import { configFiles, dataFilesOf } from "../../repos/model_files.js";
import type { SpeechFacts } from "./facts.js";
import {
  checkComponents,
  type Dtypes,
  type GraphChoice,
  type GraphSearch,
  graphOf,
  neededGraph,
  type RowsChoice,
  requireFiles,
  rowsChoice,
} from "./graph_files.js";

/** Files of one model, relative to the repository. */
export interface SpeechFiles {
  readonly decoder: GraphChoice;
  readonly text: RowsChoice;
  /** null where it is not there: the model can read, but not hear. */
  readonly encoder: GraphChoice | null;
  /** Those of the family's own that are there. */
  readonly others: readonly string[];
}

/** @throws ConnectorError that names what is missing and what is there. */
export function chooseSpeechFiles(facts: SpeechFacts, paths: readonly string[], dtype: Dtypes, repo: string): SpeechFiles {
  const search: GraphSearch = { paths, names: { ...facts.graphs }, main: "decoder_model_merged", dtype, repo };
  checkComponents(search);
  requireFiles(paths, repo);
  const text = rowsChoice(search, "embed_tokens", "embed_tokens");
  if (text === null) throw new ConnectorError(`${repo} has no ${facts.graphs.embed_tokens[0]} graph, which tokens are looked up in`);
  return {
    decoder: neededGraph(search, search.main),
    text,
    encoder: graphOf(search, "audio_encoder"),
    others: facts.files.filter((path) => paths.includes(path)),
  };
}

/** The graphs among the files, by component. */
export function speechGraphs({ decoder, text, encoder }: SpeechFiles): readonly (readonly [string, GraphChoice])[] {
  return [
    ["decoder_model_merged", decoder] as const,
    ...(text.kind === "graph" ? [["embed_tokens", text.graph] as const] : []),
    ...(encoder === null ? [] : [["audio_encoder", encoder] as const]),
  ];
}

/** Plain files that determine answers. */
export function speechPlainFiles({ text, others }: SpeechFiles): readonly string[] {
  const tables = text.kind === "table" ? [text.path, text.description].filter((path) => path !== null) : [];
  return [...tables, ...others];
}

/** All that is fetched of a hub repository. */
export function speechFileList(paths: readonly string[], files: SpeechFiles): readonly string[] {
  const graphs = speechGraphs(files).map(([, { path }]) => path);
  return [...configFiles(paths), ...speechPlainFiles(files), ...graphs.flatMap((graph) => dataFilesOf(paths, graph)), ...graphs];
}
