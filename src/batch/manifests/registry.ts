import { registryOf, rowsOf } from "../../util/registry.js";
import { folder, pattern, spec } from "./files.js";
import { lines } from "./lines.js";
import type { ManifestDefinition } from "./manifest.js";
import { csv, parquet } from "./table.js";

/** Every kind of manifest, in the order in which they are asked whether a path is theirs. */
export const MANIFESTS = registryOf(folder, lines, csv, parquet, pattern, spec);

export const manifests: readonly ManifestDefinition[] = rowsOf<ManifestDefinition>(MANIFESTS);
