import { configFiles } from "../repos/model_files.js";
import { readJson } from "../repos/read_files.js";
import { type RepoRequest, resolveRepo } from "../repos/repo.js";

/** What is known of a model's files before any graph is opened. */
export interface RepoFacts {
  /** `/`-separated, relative to the repository. */
  readonly paths: readonly string[];
  /** `config.json`; empty where there is none. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** @throws SpecError where the repository cannot be reached as asked, ConnectorError where its `config.json` is no JSON. */
export async function readFacts(options: Omit<RepoRequest, "variant" | "choose">, variant: RepoRequest["variant"]): Promise<RepoFacts> {
  let paths: readonly string[] = [];
  const choose = (all: readonly string[]): readonly string[] => {
    paths = all;
    return configFiles(all);
  };
  const { folder } = await resolveRepo({ ...options, variant, choose });
  const config = await readJson<unknown>(folder, "config.json");
  return { paths, config: typeof config === "object" && config !== null ? (config as RepoFacts["config"]) : {} };
}
