import { ConnectorError } from "../../errors.js";
import { findGraphFile, lookForGraph } from "../../repos/model_files.js";

/** A graph file, relative to the repository. */
export interface GraphChoice {
  readonly path: string;
  readonly dtype: string;
}

/** Where rows of an embedding come from: a table with its description (null for .npy, which describes itself), or a graph. */
export type RowsChoice =
  | { readonly kind: "table"; readonly path: string; readonly description: string | null }
  | { readonly kind: "graph"; readonly graph: GraphChoice };

export type Dtypes = string | Readonly<Record<string, string>> | undefined;

/** Where graphs are looked for. */
export interface GraphSearch {
  /** `/`-separated, relative to the repository. */
  readonly paths: readonly string[];
  /** What graphs do → the names that exports have given them, the newest first. */
  readonly names: Readonly<Record<string, readonly string[]>>;
  /** The one that a precision for all graphs must exist for. */
  readonly main: string;
  readonly dtype: Dtypes;
  readonly repo: string;
}

/** Tried in this order where a precision is asked for all graphs and a smaller one than the decoder has not got it. */
const FALLBACKS = ["fp32", "fp16"] as const;

/**
 * A precision for all graphs must exist for the main one; other graphs that lack it are taken in fp32 or else fp16, as the
 * published repositories mean it. A precision for one component must exist, and components not named are taken in fp32 or else fp16.
 * @returns null where there is no such graph and none was asked for.
 * @throws ConnectorError that names what is missing and what is there.
 */
export function graphOf(search: GraphSearch, component: string): GraphChoice | null {
  const { paths, main, dtype, repo } = search;
  const names = search.names[component] as readonly string[];
  const asked = typeof dtype === "string" ? dtype : dtype?.[component];
  const strict = asked !== undefined && (typeof dtype !== "string" || component === main);
  const wanted = strict ? [asked] : [...new Set([...(asked === undefined ? [] : [asked]), ...FALLBACKS])];
  for (const name of wanted) {
    const path = lookForGraph(paths, names, name);
    if (path !== null) return { path, dtype: name };
  }
  const isThere = paths.some((path) => names.some((name) => new RegExp(`^(onnx/)?${name}(_\\w+)?\\.onnx$`).test(path)));
  return strict || isThere ? { path: findGraphFile(paths, names, wanted[0] as string, repo), dtype: wanted[0] as string } : null;
}

/** The same for a graph that must be there. */
export function neededGraph(search: GraphSearch, component: string): GraphChoice {
  const { paths, names, repo } = search;
  return graphOf(search, component) ?? { path: findGraphFile(paths, names[component] as readonly string[], "fp32", repo), dtype: "fp32" };
}

/** Rows of an embedding: a table, or else the graph of that component. */
export function rowsChoice(search: GraphSearch, table: string, component: string): RowsChoice | null {
  const { paths } = search;
  const bin = firstOf(paths, [`onnx/${table}.bin`, `${table}.bin`]);
  const description = bin === null ? null : bin.replace(/bin$/, "json");
  if (bin !== null && description !== null && paths.includes(description)) return { kind: "table", path: bin, description };
  const npy = firstOf(paths, [`onnx/${table}.npy`, `${table}.npy`]);
  if (npy !== null) return { kind: "table", path: npy, description: null };
  const choice = graphOf(search, component);
  return choice === null ? null : { kind: "graph", graph: choice };
}

/** @throws ConnectorError where a precision is asked for a component that there is none of. */
export function checkComponents({ dtype, names }: Pick<GraphSearch, "dtype" | "names">): void {
  if (dtype === undefined || typeof dtype === "string") return;
  for (const name of Object.keys(dtype)) {
    if (!Object.hasOwn(names, name)) {
      throw new ConnectorError(`this connector has no component "${name}" to give a precision: valid are ${Object.keys(names).join(", ")}`);
    }
  }
}

type NamedGraphs = readonly (readonly [component: string, graph: GraphChoice])[];

/** One precision, or each component's where they differ. @param main precision of the main graph. */
export function dtypesInWords(graphs: NamedGraphs, main: string): string {
  if (graphs.every(([, { dtype }]) => dtype === main)) return main;
  return graphs.map(([component, { dtype }]) => `${component} ${dtype}`).join(", ");
}

/** Graphs in another precision than the one asked for all, in words. */
export function fallbacksOf(graphs: NamedGraphs, dtype: Dtypes): readonly string[] {
  if (typeof dtype !== "string" || dtype === "auto") return [];
  return graphs.flatMap(([component, graph]) =>
    graph.dtype === dtype ? [] : [`there is no ${component} in ${dtype}: ${graph.path} is used`],
  );
}

/** @throws ConnectorError where a file that every model needs is missing. */
export function requireFiles(paths: readonly string[], repo: string): void {
  for (const needed of ["config.json", "tokenizer.json", "tokenizer_config.json"]) {
    if (!paths.includes(needed)) throw new ConnectorError(`${repo} has no ${needed}`);
  }
}

export function firstOf(paths: readonly string[], wanted: readonly string[]): string | null {
  return wanted.find((path) => paths.includes(path)) ?? null;
}
