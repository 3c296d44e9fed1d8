import type { ModelIdentity } from "../repos/resources.js";
import type { Result } from "./result_schema.js";

/** A model as files tell of it. */
export function modelBlock({ connector, repo, resolvedRevision, dtype, sha256, server }: ModelIdentity): Result["model"] {
  const block = { connector, repo, resolved_revision: resolvedRevision, dtype, sha256: sortKeys(sha256) };
  return server === undefined ? block : { ...block, server: { ...server, probe: [...server.probe] } };
}

/** The model as it was, from a file. */
export function identityOf(block: Result["model"], provider: string): ModelIdentity {
  const { connector, repo, resolved_revision: resolvedRevision, dtype, sha256, server } = block;
  return { connector, repo, resolvedRevision, dtype, sha256, provider, server };
}

function sortKeys<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
