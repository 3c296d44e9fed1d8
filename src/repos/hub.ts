import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { downloadFile, getHFHubCachePath, listFiles, modelInfo } from "@huggingface/hub";
import { ConnectorError, NotCachedError, SpecError } from "../errors.js";
import { readWhole } from "./door.js";
import { checkedFile, type HubFile, isInnerPath } from "./hub_names.js";
import { filesBelow } from "./local_files.js";
import type { HuggingFaceModelConfig, Resources } from "./resources.js";

export interface HubRequest extends Pick<Resources, "cacheDir" | "offline" | "allowDownload" | "token" | "signal" | "onEvent"> {
  readonly config: HuggingFaceModelConfig;
  /** The files to use, of those that the repository has. @throws ConnectorError where they do not suffice. */
  choose(paths: readonly string[]): readonly string[];
  /** @default the Hugging Face hub */
  readonly hubUrl?: string;
}

export interface Snapshot {
  readonly folder: string;
  readonly commit: string;
}

/** Of one repository. */
const MOST_FILES = 100_000;
const COMMIT = /^[0-9a-f]{40}$/;

/**
 * The chosen files of a hub repository, from the cache (laid out as `huggingface_hub` does, so that both share it) or,
 * where that is allowed, from the hub. A cached revision is used as it is: the hub is not asked whether it has moved.
 * @throws SpecError where it is not cached and may not be fetched, with the flag that allows it.
 */
export async function fetchSnapshot(request: HubRequest): Promise<Snapshot> {
  const { repoId, revision = "main" } = request.config;
  // Both become names of files.
  if (!isInnerPath(repoId) || !isInnerPath(revision))
    throw new SpecError(`${repoId} at revision ${revision} is no name of a hub repository`);
  const storage = join(request.cacheDir ?? getHFHubCachePath(), `models--${repoId.replace("/", "--")}`);
  const cached = await cachedSnapshot(storage, revision, request);
  if (cached !== null) return cached;
  if (request.offline === true) throw new SpecError(`model ${repoId} (revision ${revision}) is not cached, and offline use is asked for`);
  if (request.allowDownload !== true) {
    throw new NotCachedError(`model ${repoId} (revision ${revision}) is not cached: allow its download with --allow-download`);
  }
  try {
    return await download(storage, revision, request);
  } catch (cause) {
    if (cause instanceof ConnectorError || request.signal?.aborted === true) throw cause;
    throw new ConnectorError(`model ${repoId} (revision ${revision}) cannot be downloaded: ${reason(cause)}`, { cause });
  }
}

async function cachedSnapshot(storage: string, revision: string, request: HubRequest): Promise<Snapshot | null> {
  const commit = COMMIT.test(revision) ? revision : await readRef(join(storage, "refs", revision));
  if (commit === null || !COMMIT.test(commit.trim())) return null;
  const folder = join(storage, "snapshots", commit.trim());
  const paths = await filesBelow(folder).catch(() => []);
  try {
    for (const path of request.choose(paths)) await stat(join(folder, path));
    return { folder, commit: commit.trim() };
  } catch {
    // Another precision was fetched before, or a download was cut off: what is missing is fetched.
    return null;
  }
}

async function readRef(path: string): Promise<string | null> {
  return await readWhole(path, { maxBytes: 1_024 }).then(String, () => null);
}

async function download(storage: string, revision: string, request: HubRequest): Promise<Snapshot> {
  const { repoId } = request.config;
  const hub = {
    ...(request.hubUrl === undefined ? {} : { hubUrl: request.hubUrl }),
    ...(request.token === undefined ? {} : { accessToken: request.token }),
  };
  const stoppable: typeof fetch = (url, init) =>
    fetch(url, { ...init, ...(request.signal === undefined ? {} : { signal: request.signal }) });
  const commit = (await modelInfo({ ...hub, name: repoId, revision, additionalFields: ["sha"], fetch: stoppable })).sha;
  if (!COMMIT.test(commit)) throw new ConnectorError(`the hub names no commit for ${repoId} at ${revision}`);
  const files = new Map<string, HubFile>();
  for await (const entry of listFiles({ ...hub, repo: repoId, recursive: true, revision: commit, fetch: stoppable })) {
    if (files.size >= MOST_FILES) throw new ConnectorError(`the hub lists more than ${MOST_FILES} files for ${repoId}`);
    if (entry.type === "file") files.set(entry.path, checkedFile(entry));
  }
  const folder = join(storage, "snapshots", commit);
  const chosen = request.choose([...files.keys()].sort());
  for (const path of graphsLast(chosen)) {
    const entry = files.get(path) as HubFile;
    const open = async (from: number): Promise<Readable> => {
      const blob = await downloadFile({ ...hub, repo: repoId, path, revision: commit, fetch: stoppable });
      if (blob === null) throw new ConnectorError(`${path} is listed but not there`);
      return Readable.fromWeb((from > 0 ? blob.slice(from) : blob).stream() as ReadableStream);
    };
    const blob = join(storage, "blobs", entry.blob);
    await fetchBlob(blob, entry, open, request);
    await link(blob, join(folder, path));
  }
  if (!COMMIT.test(revision)) await writeAtomically(join(storage, "refs", revision), commit);
  return { folder, commit };
}

/** A graph that is there means that its data files are: a download may be cut off anywhere. */
function graphsLast(paths: readonly string[]): readonly string[] {
  return [...paths.filter((path) => !path.endsWith(".onnx")), ...paths.filter((path) => path.endsWith(".onnx"))];
}

/** Fills `blob`, going on from what an earlier try left; size and hash are checked before it gets its name. */
async function fetchBlob(blob: string, entry: HubFile, open: (from: number) => Promise<Readable>, request: HubRequest): Promise<void> {
  const { size, digest } = entry;
  if ((await sizeOf(blob)) === size) return;
  const partial = `${blob}.incomplete`;
  await mkdir(dirname(blob), { recursive: true });
  let have = await sizeOf(partial);
  if (have > size) have = 0;
  if (have < size || size === 0) {
    const progress = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        have += chunk.length;
        // One that sends more than it said may go on for ever.
        if (have > size) return done(new ConnectorError(`${entry.path} is longer than the hub says: ${size} bytes`));
        request.onEvent?.({ kind: "progress", label: entry.path, done: have, total: size });
        done(null, chunk);
      },
    });
    const target = createWriteStream(partial, { flags: have > 0 ? "a" : "w" });
    await pipeline(await open(have), progress, target, { signal: request.signal });
  }
  if ((await sizeOf(partial)) !== size || (await hashOf(partial, size, digest.algorithm)) !== digest.hex) {
    await rm(partial, { force: true });
    throw new ConnectorError(`${entry.path} arrived damaged and was thrown away: try again`);
  }
  await rename(partial, blob);
}

async function link(blob: string, pointer: string): Promise<void> {
  await mkdir(dirname(pointer), { recursive: true });
  await rm(pointer, { force: true });
  await symlink(relative(dirname(pointer), blob), pointer);
}

async function writeAtomically(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.incomplete`, text);
  await rename(`${path}.incomplete`, path);
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => null))?.size ?? 0;
}

/** git hashes a file with its kind and size before it. */
async function hashOf(path: string, size: number, algorithm: HubFile["digest"]["algorithm"]): Promise<string> {
  const hash = createHash(algorithm === "sha256" ? "sha256" : "sha1");
  if (algorithm === "git-sha1") hash.update(`blob ${size}\0`);
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

/** `fetch` hides the interesting part in `cause`. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const inner = error.cause instanceof Error && error.cause.message !== "" ? ` (${error.cause.message})` : "";
  return `${error.message}${inner}`;
}
