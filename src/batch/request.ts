import { SpecError } from "../errors.js";
import { loadSpec, requestOf } from "../spec/load.js";
import type { Override } from "../spec/overrides.js";
import type { ExplainRequest, Policy } from "../spec/request.js";
import type { SpecInput } from "../spec/schema.js";
import type { Source } from "./manifests/manifest.js";

export interface SourceOptions {
  readonly overrides: readonly Override[];
  readonly policy: Policy;
  /** Absolute; paths of files and flags start from here. */
  readonly cwd: string;
}

/** The request of one conversation. @param where stands before what is wrong in a spec that has no file of its own. @throws SpecError */
export async function requestOfSource(source: Source, where: string, options: SourceOptions): Promise<ExplainRequest> {
  if (source.kind === "file") return await loadSpec(source.path, options);
  const { json, folder, inputs } = source;
  try {
    return await requestOf(JSON.parse(json) as SpecInput, folder, { ...options, also: inputs === undefined ? [] : [inputs] });
  } catch (cause) {
    if (cause instanceof SpecError) throw new SpecError(`${where}: ${cause.message}`, { cause });
    throw cause;
  }
}
