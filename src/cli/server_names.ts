import { closeSync, fstatSync, openSync, readFileSync, type Stats, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import { SpecError } from "../errors.js";
import { reasonOf } from "../util/errors.js";
import { type NamedServer, type NamedServers, NamedServersSchema } from "./named_server.js";
import { settingsFile, userSettings } from "./user_settings.js";

type Env = NodeJS.ProcessEnv;

/** A server's short name, where no address stands. */
export const isServerName = (text: string): boolean => /^[\w-][\w.-]*$/.test(text) && !text.includes("://");

/** A file of servers alone: MLLM_SHAP_SERVERS_FILE, else servers.json beside the settings file. */
export function serversFile(env: Env): string {
  if (env.MLLM_SHAP_SERVERS_FILE) return resolve(env.MLLM_SHAP_SERVERS_FILE);
  return join(dirname(settingsFile(env)), "servers.json");
}

/**
 * What the person's files say of a name: MLLM_SHAP_SERVERS_FILE where it is set, else `servers` of the settings file, then servers.json.
 * @throws SpecError where no file knows the name, one is not as it should be, or others may write to it: it decides where conversations go.
 */
export function serverNamed(name: string, said: string, env: Env): NamedServer {
  const path = serversFile(env);
  const settled = env.MLLM_SHAP_SERVERS_FILE ? {} : settledServers(env);
  const own = serverOf(settled, name);
  if (own !== undefined) return own;
  const listed = readServers(path);
  const server = serverOf(listed ?? {}, name);
  if (server !== undefined) return server;
  const known = Object.keys({ ...listed, ...settled });
  if (listed === null && known.length === 0)
    throw new SpecError(`${said}: "${name}" is no address such as http://localhost:8000, and there is no ${path} that names servers`);
  const where = Object.keys(settled).length === 0 ? path : listed === null ? settingsFile(env) : `${settingsFile(env)} or ${path}`;
  throw new SpecError(`${said}: ${where} has no server "${name}": valid are ${known.sort().join(", ") || "none"}`);
}

const serverOf = (servers: NamedServers, name: string): NamedServer | undefined =>
  Object.hasOwn(servers, name) ? servers[name] : undefined;

/** Servers of the settings file. @throws SpecError where it names some and others may write to it. */
export function settledServers(env: Env): NamedServers {
  const { servers } = userSettings(env);
  const path = settingsFile(env);
  if (Object.keys(servers).length > 0) refuseOthers(path, statSync(path));
  return servers;
}

/** @returns null where there is no such file. @throws SpecError as `serverNamed`. */
export function readServers(path: string): NamedServers | null {
  let file: number | null = null;
  try {
    file = openSync(path, "r");
    refuseOthers(path, fstatSync(file));
    return NamedServersSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (cause) {
    if (cause instanceof SpecError) throw cause;
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return null;
    const [issue] = cause instanceof z.ZodError ? cause.issues : [];
    const why = issue === undefined ? reasonOf(cause) : `${issue.path.join(".")}: ${issue.message}`;
    throw new SpecError(`${path}: must be {"name": {"url": …, "key_variable": …, "kind": …}}: ${why}`, { cause });
  } finally {
    if (file !== null) closeSync(file);
  }
}

function refuseOthers(path: string, { uid, mode }: Stats): void {
  if (process.getuid === undefined || (uid === process.getuid() && (mode & 0o022) === 0)) return;
  throw new SpecError(`${path} is not used: it must be yours, and nobody else's to write`);
}
