import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { SpecError } from "../errors.js";
import type { Line, ManifestDefinition, ManifestOptions } from "./manifests/manifest.js";
import { manifests } from "./manifests/registry.js";

/** Conversations of all manifests in the order given. @throws SpecError where one cannot be read, or none is there. */
export async function* readManifests(paths: readonly string[], options: ManifestOptions): AsyncIterable<Line> {
  let count = 0;
  for (const path of paths) {
    for await (const line of (await kindOf(path, options)).read(path, options)) {
      count++;
      yield line;
    }
  }
  if (count === 0) throw new SpecError(`${paths.join(", ")}: holds no conversation`);
}

async function kindOf(path: string, { cwd, template }: ManifestOptions): Promise<ManifestDefinition> {
  const folder = (await stat(resolve(cwd, path)).catch(() => null))?.isDirectory() === true;
  const kind = manifests.find((one) => one.recognises(path, folder));
  if (kind !== undefined) {
    if (template !== null && kind.fillsIn !== true)
      throw new SpecError(`${path}: holds specs; --spec is for tables, whose rows fill it in`);
    return kind;
  }
  throw new SpecError(`${path}: is no manifest; give ${manifests.map(({ summary }) => summary).join("; ")}`);
}
