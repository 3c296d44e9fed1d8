import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { getHFHubCachePath, scanCacheDir } from "@huggingface/hub";
import { firstLine, openSession, type Provider } from "../onnx/session.js";
import { EMBEDDED_MODELS } from "../repos/embedded.js";
import { filesBelow } from "../repos/local_files.js";

/** A model that can be used without fetching anything. */
export interface HeldModel {
  /** What `model.repo` says to use it. */
  readonly repo: string;
  readonly bytes: number;
  /** Branches, tags and commits that are there; none for embedded models. */
  readonly revisions: readonly string[];
}

/** A device, and why it cannot be used where it cannot. */
export interface DeviceState {
  readonly device: Provider;
  readonly usable: boolean;
  readonly reason: string | null;
}

const PROBE = join(EMBEDDED_MODELS, "nano/text/onnx/model.onnx");

/** Models that come with the package. */
export async function embeddedModels(): Promise<readonly HeldModel[]> {
  const folders = (await readdir(EMBEDDED_MODELS, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map(({ name }) => name);
  return await Promise.all(
    folders.sort().map(async (name) => ({ repo: `embedded:${name}`, bytes: await sizeOf(join(EMBEDDED_MODELS, name)), revisions: [] })),
  );
}

/** Model repositories of the hub cache, in which partly fetched ones stand too. */
export async function cachedModels(cacheDir = getHFHubCachePath()): Promise<readonly HeldModel[]> {
  const exists = (await stat(cacheDir).catch(() => null))?.isDirectory() === true;
  if (!exists) return [];
  const { repos } = await scanCacheDir(cacheDir);
  const models = repos.filter(({ id }) => id.type === "model");
  return models
    .map(({ id, size, revisions }) => ({
      repo: id.name,
      bytes: size,
      revisions: revisions.flatMap(({ refs, commitOid }) => (refs.length > 0 ? refs : [commitOid])),
    }))
    .sort((a, b) => (a.repo < b.repo ? -1 : 1));
}

/** Tries each device on a small embedded graph: what the runtime lists is not always there. */
export async function devices(): Promise<readonly DeviceState[]> {
  const states: DeviceState[] = [];
  for (const device of ["cpu", "cuda", "webgpu"] as const) states.push(await tryDevice(device));
  return states;
}

async function tryDevice(device: Provider): Promise<DeviceState> {
  try {
    const { session } = await openSession(PROBE, { device, threads: 1 });
    await session.release();
    return { device, usable: true, reason: null };
  } catch (error) {
    return {
      device,
      usable: false,
      reason: firstLine(error).replace(/^device \w+ is not usable here: (.*); use device auto or cpu$/, "$1"),
    };
  }
}

async function sizeOf(folder: string): Promise<number> {
  const sizes = await Promise.all((await filesBelow(folder)).map(async (path) => (await stat(join(folder, path))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
