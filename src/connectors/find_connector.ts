import { ConnectorError, SpecError } from "../errors.js";
import type { ConnectorDefinition } from "./connector.js";
import { readFacts } from "./repo_facts.js";
import type { LoadOptions } from "./types.js";

/**
 * The connector that a model's files belong to.
 * @throws SpecError where the repository cannot be reached as asked, or its name stands for models of several connectors; ConnectorError where none
 * knows such files.
 */
export async function findConnector<C extends ConnectorDefinition>(options: LoadOptions, connectors: readonly C[]): Promise<C> {
  const { repoId } = options.config;
  const found: C[] = [];
  let type: unknown;
  let graphs = 0;
  let unreachable: SpecError | null = null;
  for (const group of groups(repoId, connectors)) {
    const facts = await readFacts(options, (group[0] as C).variant).catch((error: unknown) => {
      if (!(error instanceof SpecError)) throw error;
      unreachable ??= error;
      return null;
    });
    const own = facts === null ? undefined : group.find((connector) => connector.recognises(facts));
    if (own !== undefined) found.push(own);
    type ??= facts?.config.model_type;
    graphs += facts?.paths.filter((path) => path.endsWith(".onnx")).length ?? 0;
  }
  const [first, ...others] = chosen(found, options.hears);
  if (others.length > 0)
    throw new SpecError(`${repoId} holds models for ${found.map(({ name }) => name).join(" and ")}: name one with model.connector`);
  if (first !== undefined) return first;
  if (unreachable !== null) throw unreachable;
  if (graphs === 0) throw new ConnectorError(`${repoId} has no model graph: there is no .onnx file in it`);
  const what = typeof type === "string" ? `a model of type ${type}` : "these files";
  const valid = connectors.flatMap(({ name, served }) => (served === true ? [] : [name])).join(", ");
  throw new ConnectorError(`${repoId}: no connector is known to read ${what}; name one with model.connector: valid are ${valid}`);
}

/** A name that stands for several models is that of the one which the conversation needs. */
function chosen<C extends ConnectorDefinition>(found: readonly C[], hears: boolean | undefined): readonly C[] {
  if (found.length < 2 || hears === undefined) return found;
  return found.filter(({ variant }) => variant === (hears ? "audio" : "text"));
}

/** Connectors that look at the same files: an embedded model has a folder for each variant. */
function groups<C extends ConnectorDefinition>(repoId: string, connectors: readonly C[]): readonly (readonly C[])[] {
  if (!repoId.startsWith("embedded:")) return [connectors];
  const variants = [...new Set(connectors.map(({ variant }) => variant))];
  return variants.map((variant) => connectors.filter((connector) => connector.variant === variant));
}
