import { SpecError } from "../../errors.js";
import type { OnEvent } from "../../events.js";
import type { ServerAccess } from "../../repos/resources.js";
import type { ServerIdentity, ServerMode } from "../../repos/server_identity.js";
import type { LoadOptions } from "../types.js";
import { isLoopback, serverRoot } from "./address.js";
import { type Found, findServed, kindNamed } from "./detect.js";
import { type ServerCalls, serverCalls } from "./http.js";
import type { Parting } from "./in_parts.js";
import type { Probe } from "./probe.js";

/** A model's server, found and asked what it is. */
export interface Connection extends Found {
  readonly calls: ServerCalls;
  readonly parting: Parting;
}

/** Connections that are held at most. */
const MOST_CONNECTIONS = 256;

/**
 * The server that may be asked.
 * @throws SpecError where the person has named none, or is offline.
 */
export function accessOf({ server = null, offline, config }: Pick<LoadOptions, "server" | "offline" | "config">): ServerAccess {
  if (server === null) {
    throw new SpecError(
      `the model ${JSON.stringify(config.repoId)} is behind a server, which only you can name: --server http://localhost:8000, or the variable MLLM_SHAP_SERVER`,
    );
  }
  if (offline === true && !isLoopback(server.url))
    throw new SpecError(`--offline: ${new URL(server.url).origin} is not on this machine, and nothing is asked of it`);
  return { ...server, url: serverRoot(server.url, "policy.server.url") };
}

/** @throws SpecError, UnavailableError or ConnectorError, as `findServed`. */
export async function connect(options: LoadOptions): Promise<Connection> {
  const access = accessOf(options);
  if (access.kind !== null) kindNamed(access.kind);
  const calls = serverCalls(access, { connections: options.concurrency ?? MOST_CONNECTIONS, onEvent: options.onEvent });
  try {
    const found = await findServed(calls, options.config.repoId, access.kind, options.signal);
    const { kind, facts } = found;
    const parting = { chunk: options.batchSize ?? kind.chunk, concurrency: options.concurrency ?? kind.concurrency };
    options.onEvent?.({
      kind: "notice",
      message: `asks ${calls.origin} (${[kind.title, facts.version].filter(Boolean).join(" ")}), model ${options.config.repoId}`,
    });
    return { ...found, calls, parting };
  } catch (error) {
    await calls.close();
    throw error;
  }
}

/** How work is cut up, in words. */
export function planOf(connection: Connection | null): string {
  if (connection === null) return "nothing is asked of the server";
  const { kind, facts, parting } = connection;
  const prompts = parting.chunk === 1 ? "one prompt a request" : `up to ${parting.chunk} prompts a request`;
  return `${[kind.title, facts.version].filter(Boolean).join(" ")}: ${prompts}, ${parting.concurrency} at a time`;
}

/** Differences beyond these are seen in values. */
const LOUD = 0.01;

/** Says how far two measurements of one text lie apart, and what the server promises. */
export function tellNoise({ kind }: Connection, probe: Probe | null, onEvent: OnEvent | undefined): void {
  if (probe === null) return;
  const message = `two measurements of one text differ by ${probe.noise.toExponential(1)}: ${kind.promise}`;
  onEvent?.({ kind: probe.noise > LOUD ? "warning" : "log", message });
}

export function serverIdentity({ kind, facts, calls }: Connection, mode: ServerMode, probe: Probe | null): ServerIdentity {
  return {
    kind: kind.name,
    version: facts.version,
    origin: calls.origin,
    mode,
    probe: probe?.probe ?? [],
    noise: probe?.noise ?? null,
    promise: kind.promise,
  };
}
