import type { ModelIdentity } from "../repos/resources.js";
import type { Result } from "./result_schema.js";

/** A model as files tell of it. */
export function modelBlock({ connector, repo, resolvedRevision, dtype, sha256 }: ModelIdentity): Result["model"] {
  return { connector, repo, resolved_revision: resolvedRevision, dtype, sha256: sortKeys(sha256) };
}

/** The model as it was, from a file. */
export function identityOf({ connector, repo, resolved_revision, dtype, sha256 }: Result["model"], provider: string): ModelIdentity {
  return { connector, repo, resolvedRevision: resolved_revision, dtype, sha256, provider };
}

function sortKeys<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
