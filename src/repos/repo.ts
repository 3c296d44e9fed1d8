import { join } from "node:path";
import { ConnectorError, SpecError } from "../errors.js";
import { embeddedFolder, embeddedNames, isFolder, type Variant } from "./embedded.js";
import type { HubRequest } from "./hub.js";
import { filesBelow } from "./local_files.js";
import { parseRef, type RepoRef } from "./ref.js";

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
  readonly variant: Variant;
}

/**
 * Finds a model: `embedded:NAME`, an absolute folder, or a hub id.
 * @throws SpecError where the name has none of these forms, or a hub repository may not be downloaded.
 */
export async function resolveRepo(request: RepoRequest): Promise<LocalRepo> {
  const { repoId } = request.config;
  const ref = parseRef(repoId);
  switch (ref?.kind) {
    case "embedded":
      return await localRepo(request, await folderOf(ref.model, request.variant));
    case "folder":
      if (!(await isFolder(ref.name))) throw new ConnectorError(`model folder ${ref.name} does not exist`);
      return await localRepo(request, ref.name);
    case "hub":
      return await hubRepo(request, ref);
    default:
      throw new SpecError(`model repo "${repoId}" is neither "embedded:NAME", nor an absolute folder, nor a hub id such as "owner/name"`);
  }
}

async function folderOf(model: string, variant: Variant): Promise<string> {
  const folder = embeddedFolder(model, variant);
  if (folder !== null && (await isFolder(folder))) return folder;
  throw new SpecError(`embedded model "${model}" does not exist: valid is ${(await embeddedNames(variant)).join(", ")}`);
}

async function hubRepo(request: RepoRequest, { repo, inside }: Extract<RepoRef, { readonly kind: "hub" }>): Promise<LocalRepo> {
  const choose = (paths: readonly string[]): readonly string[] => {
    const own = paths.filter((path) => path.startsWith(inside)).map((path) => path.slice(inside.length));
    return request.choose(own).map((path) => inside + path);
  };
  // The hub's library is large, and nothing to whoever names a folder.
  const { fetchSnapshot } = await import("./hub.js");
  const { folder, commit } = await fetchSnapshot({ ...request, config: { ...request.config, repoId: repo }, choose });
  const place = join(folder, inside);
  return { repo: request.config.repoId, folder: place, paths: await filesBelow(place), resolvedRevision: commit };
}

async function localRepo(request: RepoRequest, folder: string): Promise<LocalRepo> {
  const paths = await filesBelow(folder);
  request.choose(paths);
  return { repo: request.config.repoId, folder, paths, resolvedRevision: null };
}
