import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { z } from "zod";
import { SpecError } from "../errors.js";
import { reasonOf } from "../util/errors.js";

type Env = NodeJS.ProcessEnv;

/** One entry of the file. Keys stay in the environment: a file would be read by whoever reads backups. */
const NamedServer = z.strictObject({
  url: z.string(),
  key_variable: z.string().regex(/^\w+$/).optional(),
  kind: z.string().optional(),
});
const NamedServers = z.record(z.string(), NamedServer);

export type NamedServer = z.output<typeof NamedServer>;

/** A server's short name, where no address stands. */
export const isServerName = (text: string): boolean => /^[\w-][\w.-]*$/.test(text) && !text.includes("://");

/** Where servers have names: MLLM_SHAP_SERVERS_FILE, else servers.json in the person's folder for settings. */
export function serversFile(env: Env): string {
  if (env.MLLM_SHAP_SERVERS_FILE) return resolve(env.MLLM_SHAP_SERVERS_FILE);
  const own = env.XDG_CONFIG_HOME || join(env.HOME || homedir(), ".config");
  return join(own, "mllm-shap", "servers.json");
}

/**
 * What the person's file says of a name.
 * @throws SpecError where there is no such file or name, the file is not as it should be, or others may write to it: it decides where
 * conversations go.
 */
export function serverNamed(name: string, said: string, env: Env): NamedServer {
  const path = serversFile(env);
  const servers = readServers(path, said, name);
  const server = Object.hasOwn(servers, name) ? servers[name] : undefined;
  if (server !== undefined) return server;
  throw new SpecError(`${said}: ${path} has no server "${name}": valid are ${Object.keys(servers).sort().join(", ") || "none"}`);
}

function readServers(path: string, said: string, name: string): Readonly<Record<string, NamedServer>> {
  let file: number | null = null;
  try {
    file = openSync(path, "r");
    const stats = fstatSync(file);
    if (process.getuid !== undefined && (stats.uid !== process.getuid() || (stats.mode & 0o022) !== 0)) {
      throw new SpecError(`${path} is not used: it must be yours, and nobody else's to write`);
    }
    return NamedServers.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (cause) {
    if (cause instanceof SpecError) throw cause;
    if ((cause as NodeJS.ErrnoException).code === "ENOENT")
      throw new SpecError(`${said}: "${name}" is no address such as http://localhost:8000, and there is no ${path} that names servers`, {
        cause,
      });
    const [issue] = cause instanceof z.ZodError ? cause.issues : [];
    const why = issue === undefined ? reasonOf(cause) : `${issue.path.join(".")}: ${issue.message}`;
    throw new SpecError(`${path}: must be {"name": {"url": …, "key_variable": …, "kind": …}}: ${why}`, { cause });
  } finally {
    if (file !== null) closeSync(file);
  }
}
