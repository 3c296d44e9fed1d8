import { readdir, stat } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ConnectorError, SpecError } from "../errors.js";
import { fetchSnapshot, type HubRequest } from "./hub.js";
import { filesBelow } from "./local_files.js";

/** A model's files on this machine. */
export interface LocalRepo {
  /** As the spec names it. */
  readonly repo: string;
  /** Absolute. */
  readonly folder: string;
  /** All files below it, `/`-separated. */
  readonly paths: readonly string[];
  /** Commit of a hub repository, null otherwise. */
  readonly resolvedRevision: string | null;
}

export interface RepoRequest extends HubRequest {
  /** Which of an embedded model's folders is meant. */
  readonly variant: "text" | "audio";
}

/** Models that come with the package; the folder stands beside `src/` and `dist/` alike. */
const EMBEDDED = new URL("../../fixtures/models/", import.meta.url);
/** `owner/name`, or a folder inside: `owner/name/cpu_and_mobile/int4`. */
const HUB_ID = /^[A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*(\/[\w-][\w.-]*)*$/;

/**
 * Finds a model: `embedded:NAME`, an absolute folder, or a hub id.
 * @throws SpecError where the name has none of these forms, or a hub repository may not be downloaded.
 */
export async function resolveRepo(request: RepoRequest): Promise<LocalRepo> {
  const { repoId } = request.config;
  if (repoId.startsWith("embedded:")) {
    const name = repoId.slice("embedded:".length);
    if (!/^[\w-]+$/.test(name))
      throw new SpecError(`embedded model "${name}" does not exist: valid is ${await embeddedNames(request.variant)}`);
    const folder = fileURLToPath(new URL(`${name}/${request.variant}/`, EMBEDDED));
    if (!(await isFolder(folder)))
      throw new SpecError(`embedded model "${name}" does not exist: valid is ${await embeddedNames(request.variant)}`);
    return localRepo(request, folder);
  }
  if (isAbsolute(repoId)) {
    if (!(await isFolder(repoId))) throw new ConnectorError(`model folder ${repoId} does not exist`);
    return localRepo(request, repoId);
  }
  if (!HUB_ID.test(repoId)) {
    throw new SpecError(`model repo "${repoId}" is neither "embedded:NAME", nor an absolute folder, nor a hub id such as "owner/name"`);
  }
  return await hubRepo(request);
}

async function hubRepo(request: RepoRequest): Promise<LocalRepo> {
  const { repoId } = request.config;
  const [owner, name, ...inside] = repoId.split("/");
  const start = inside.map((part) => `${part}/`).join("");
  const choose = (paths: readonly string[]): readonly string[] => {
    const own = paths.filter((path) => path.startsWith(start)).map((path) => path.slice(start.length));
    return request.choose(own).map((path) => start + path);
  };
  const { folder, commit } = await fetchSnapshot({ ...request, config: { ...request.config, repoId: `${owner}/${name}` }, choose });
  const place = join(folder, start);
  return { repo: repoId, folder: place, paths: await filesBelow(place), resolvedRevision: commit };
}

async function localRepo(request: RepoRequest, folder: string): Promise<LocalRepo> {
  const paths = await filesBelow(folder);
  request.choose(paths);
  return { repo: request.config.repoId, folder, paths, resolvedRevision: null };
}

async function embeddedNames(variant: string): Promise<string> {
  const root = fileURLToPath(EMBEDDED);
  const names = [];
  for (const name of await readdir(root).catch(() => [])) if (await isFolder(join(root, name, variant))) names.push(`embedded:${name}`);
  return names.sort().join(", ");
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isDirectory() === true;
}
