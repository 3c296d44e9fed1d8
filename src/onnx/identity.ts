import { basename, join, relative, sep } from "node:path";
import { ConnectorError } from "../errors.js";
import { admit } from "../repos/door.js";
import { fileSha256, type HashStore } from "../repos/local_files.js";
import { identityFiles } from "../repos/model_files.js";
import type { LocalRepo } from "../repos/repo.js";
import type { ModelIdentity } from "../repos/resources.js";
import { reasonOf } from "../util/errors.js";
import type { OnnxFile } from "./onnx_file.js";

export interface IdentityParts {
  readonly connector: string;
  readonly dtype: string;
  readonly provider: string;
  readonly graphs: readonly OnnxFile[];
  /** Other files that determine answers, absolute. */
  readonly others?: readonly string[];
  /** Name → absolute path of files outside the repository that determine prompts. */
  readonly named?: Readonly<Record<string, string>>;
  readonly hashes: HashStore | undefined;
}

/** Names everything that determines what a model answers: graphs, their data files, configuration, tokeniser, template. */
export async function repoIdentity(repo: LocalRepo, parts: IdentityParts): Promise<ModelIdentity> {
  const files = [
    ...parts.graphs.flatMap((graph) => [graph.path, ...graph.externalFiles]),
    ...(parts.others ?? []),
    ...identityFiles(repo.paths).map((path) => join(repo.folder, path)),
  ];
  const sha256: Record<string, string> = {};
  for (const file of [...new Set(files)].sort()) {
    sha256[relative(repo.folder, file).split(sep).join("/")] = await fileSha256(await admitted(repo, file, parts.graphs), parts.hashes);
  }
  for (const [name, file] of Object.entries(parts.named ?? {})) sha256[name] = await fileSha256(file);
  const { connector, dtype, provider } = parts;
  return { connector, repo: repo.repo, resolvedRevision: repo.resolvedRevision, dtype, sha256, provider };
}

/** A graph that was not opened yet may name data that is not there. */
async function admitted({ folder }: LocalRepo, file: string, graphs: readonly OnnxFile[]): Promise<string> {
  try {
    return await admit(folder, file);
  } catch (cause) {
    if (cause instanceof ConnectorError) throw cause;
    const named = graphs.find(({ externalFiles }) => externalFiles.includes(file));
    const whose = named === undefined ? "" : `, which ${basename(named.path)} takes its weights from,`;
    throw new ConnectorError(`${file}${whose} cannot be read: ${reasonOf(cause)}`, { cause });
  }
}
