import { ConnectorError, SpecError } from "../../errors.js";
import { RefusedError, type ServerCalls } from "./http.js";
import { SERVER_KINDS, serverKindNamed, serverKindOwning, serverKinds } from "./kinds.js";
import { type Json, listOf, objectOf, textOrNull } from "./read.js";
import type { Served, ServerFacts, ServerKind } from "./server_kind.js";

/** A server that was found, and its model. */
export interface Found {
  readonly kind: ServerKind;
  readonly served: Served;
  readonly facts: ServerFacts;
}

/** Names of a list that a message repeats. */
const MOST_NAMED = 8;

/**
 * Asks a server what it is and whether it has the model.
 * @param named kind of the server; null: that of its list of models.
 * @throws SpecError where it has no such model, UnavailableError where it cannot be reached, ConnectorError where it is no such server.
 */
export async function findServed(calls: ServerCalls, model: string, named: string | null, signal?: AbortSignal): Promise<Found> {
  const rows = await listing(calls, signal);
  const listed = rows.find(({ id }) => id === model) ?? (rows.length === 0 ? {} : undefined);
  if (listed === undefined) throw new SpecError(`${calls.origin} has no model ${JSON.stringify(model)}: ${namesOf(rows)}`);
  const kind = named === null ? serverKindOwning(textOrNull(listed.owned_by) ?? "") : kindNamed(named);
  const served: Served = { calls, model, listed };
  return { kind, served, facts: await factsOf(kind, served, signal) };
}

/** @throws SpecError where there is no such kind. */
export function kindNamed(name: string): ServerKind {
  const kind = serverKindNamed(name);
  if (kind !== undefined) return kind;
  throw new SpecError(`there is no kind of server "${name}": valid are ${serverKinds.map((one) => one.name).join(", ")}`);
}

async function listing(calls: ServerCalls, signal: AbortSignal | undefined): Promise<readonly Json[]> {
  try {
    const { data } = objectOf(await calls.json("/v1/models", null, signal), "the list of models");
    return listOf(data, "data").map((row) => objectOf(row, "a model"));
  } catch (error) {
    if (!(error instanceof RefusedError) || error.status !== 404) throw error;
    throw new ConnectorError(`${calls.origin} is no server of models: it has no /v1/models (give the address that ends before /v1)`, {
      cause: error,
    });
  }
}

function namesOf(rows: readonly Json[]): string {
  const names = rows.flatMap(({ id }) => textOrNull(id) ?? []);
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : "";
  return `valid for model.repo: ${names.slice(0, MOST_NAMED).join(", ")}${more}`;
}

async function factsOf(kind: ServerKind, served: Served, signal: AbortSignal | undefined): Promise<ServerFacts> {
  try {
    return await kind.about(served, signal);
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    throw new ConnectorError(
      `${served.calls.origin} is not what it seems, ${kind.title}: ${error.message}; name its kind with --server-kind (${SERVER_KINDS.other.name}: none of those known)`,
      { cause: error },
    );
  }
}
