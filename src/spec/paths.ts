import type { Stats } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { isAbsolute, relative, resolve, sep } from "node:path";
import { SpecError } from "../errors.js";
import { type FolderFound, type RepoRef, readRef } from "../repos/ref.js";
import { whyUnreadable } from "./read.js";

/** Where a path starts from and how far it may go. */
export interface Fence {
  /** Absolute real path of the folder that relative paths start from. */
  readonly folder: string;
  readonly allowOutside: boolean;
  /** Absolute real paths of other folders that files may lie in. @default [] */
  readonly also?: readonly string[] | undefined;
}

/** What a path stands for, or what is wrong with it. */
export type Located = { readonly path: string } | { readonly problem: string };

/** A file of the spec's folder, by its real path: links do not lead out. */
export function locateFile(path: string, fence: Fence): Promise<Located> {
  return locate(path, fence, (stats) =>
    stats.isFile() ? null : stats.isDirectory() ? "is a folder, not a file" : "is not a regular file",
  );
}

/** The same for a chat template, which might be meant as a name. */
export async function locateTemplate(path: string, fence: Fence): Promise<Located> {
  const found = await locateFile(path, fence);
  if ("path" in found || found.problem !== MISSING || !/^[\w-]+$/.test(path)) return found;
  return { problem: `${MISSING}; a template of the model's own is written {name: ${path}}` };
}

/** A model: a folder by its real path. */
export function locateRepo(repo: string, fence: Fence, place = "beside the spec"): Promise<RepoRef | { readonly problem: string }> {
  const look = async (path: string): Promise<FolderFound> => {
    const found = await locate(path, fence, (stats) => (stats.isDirectory() ? null : "is not a folder"));
    return "path" in found ? found : { ...found, missing: found.problem === MISSING };
  };
  return readRef(repo, look, place);
}

/**
 * A model that is named on the command line, where paths start from the person's own folder and may go anywhere.
 * @throws SpecError where there is none of that name.
 */
export async function repoNamed(name: string, cwd: string): Promise<RepoRef> {
  const found = await locateRepo(name, { folder: cwd, allowOutside: true }, "here");
  if ("problem" in found) throw new SpecError(`${JSON.stringify(name)}: ${found.problem}`);
  return found;
}

const MISSING = "no such file or folder";
const OUTSIDE = "lies outside the spec's folder; --allow-outside permits that";
const NO_ADDRESSES = "is an address, and nothing in a spec is fetched; give a file or folder";

async function locate(path: string, fence: Fence, kind: (stats: Stats) => string | null): Promise<Located> {
  if (path.includes("\0")) return { problem: "contains a NUL character" };
  if (isAddress(path)) return { problem: NO_ADDRESSES };
  const absolute = resolve(fence.folder, path);
  if (!permits(fence, absolute)) return { problem: OUTSIDE };
  try {
    const real = await realpath(absolute);
    if (!permits(fence, real)) return { problem: OUTSIDE };
    const wrong = kind(await stat(real));
    return wrong === null ? { path: real } : { problem: wrong };
  } catch (cause) {
    const why = whyUnreadable(cause);
    return { problem: why === "no such file" ? MISSING : why };
  }
}

function permits({ folder, allowOutside, also = [] }: Fence, path: string): boolean {
  return allowOutside || [folder, ...also].some((place) => isInside(path, place));
}

function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

function isAddress(path: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(path) || /^(?:data|file):/i.test(path);
}
