import { ConnectorError } from "../../errors.js";
import { configFiles, dataFilesOf } from "../../repos/model_files.js";
import { itemAt } from "../../util/elements.js";
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
  /** null where the decoder looks tokens up itself. */
  readonly text: RowsChoice | null;
  /** null where it is not there: the model can read, but not hear. */
  readonly encoder: GraphChoice | null;
  /** Those of the family's own that are there. */
  readonly others: readonly string[];
}

/** @throws ConnectorError that names what is missing and what is there. */
export function chooseSpeechFiles(facts: SpeechFacts, paths: readonly string[], dtype: Dtypes, repo: string): SpeechFiles {
  const { decoder, embed_tokens: table, audio_encoder: encoder } = facts.graphs;
  const names = Object.fromEntries([decoder, table ?? [], encoder].flatMap((known) => (known[0] === undefined ? [] : [[known[0], known]])));
  const search: GraphSearch = { paths, names, main: itemAt(decoder, 0), dtype, repo };
  checkComponents(search);
  requireFiles(paths, repo);
  const text = table === undefined ? null : rowsChoice(search, "embed_tokens", itemAt(table, 0));
  if (table !== undefined && text === null) throw new ConnectorError(`${repo} has no ${table[0]} graph, which tokens are looked up in`);
  return {
    decoder: neededGraph(search, search.main),
    text,
    encoder: graphOf(search, itemAt(encoder, 0)),
    others: facts.files.filter((path) => paths.includes(path)),
  };
}

/** The graphs among the files, by component. */
export function speechGraphs(
  { graphs }: SpeechFacts,
  { decoder, text, encoder }: SpeechFiles,
): readonly (readonly [string, GraphChoice])[] {
  return [
    [itemAt(graphs.decoder, 0), decoder] as const,
    ...(text?.kind === "graph" ? [["embed_tokens", text.graph] as const] : []),
    ...(encoder === null ? [] : [["audio_encoder", encoder] as const]),
  ];
}

/** Plain files that determine answers. */
export function speechPlainFiles({ text, others }: SpeechFiles): readonly string[] {
  const tables = text?.kind === "table" ? [text.path, text.description].filter((path) => path !== null) : [];
  return [...tables, ...others];
}

/** All that is fetched of a hub repository. */
export function speechFileList(facts: SpeechFacts, paths: readonly string[], files: SpeechFiles): readonly string[] {
  const graphs = speechGraphs(facts, files).map(([, { path }]) => path);
  return [...configFiles(paths), ...speechPlainFiles(files), ...graphs.flatMap((graph) => dataFilesOf(paths, graph)), ...graphs];
}
