import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, isAbsolute, join, resolve } from "node:path";
import { z } from "zod";
import { SpecError } from "../errors.js";
import { problemsOf } from "../spec/issues.js";
import { parseText } from "../spec/parse.js";
import { whyUnreadable } from "../spec/read.js";
import { NamedServerSchema, type NamedServers, NamedServersSchema } from "./named_server.js";

type Env = NodeJS.ProcessEnv;

/** What a person has settled for all their commands. */
export interface UserSettings {
  /** The model where none is named; null where none is settled. */
  readonly model: string | null;
  /** Absolute folders in which models and audio of any spec may lie. */
  readonly trusted: readonly string[];
  /** Servers by name; `serverNamed` tells whether they may be used. */
  readonly servers: NamedServers;
  /** What one command may cost at servers; null where nothing is settled. */
  readonly maxCost: number | null;
}

const SettingsSchema = z.strictObject({
  model: z.string().min(1).nullable().default(null),
  trusted: z.array(z.string().refine((path) => isAbsolute(path) || path.startsWith("~"), "must be an absolute folder")).default([]),
  servers: NamedServersSchema.default({}),
  max_cost: z.number().nonnegative().nullable().default(null),
});

/** `XDG_CONFIG_HOME` (else `~/.config`) `/mllm-shap/config.yaml`. */
export function settingsFile(env: Env): string {
  const { XDG_CONFIG_HOME: given } = env;
  const base = given !== undefined && given !== "" && isAbsolute(given) ? given : join(homeOf(env), ".config");
  return join(base, "mllm-shap", "config.yaml");
}

/**
 * The settings file's, and over them the environment's: `MLLM_SHAP_MODEL`, and `MLLM_SHAP_TRUSTED`, folders separated as in `PATH`.
 * @throws SpecError with file:line:column where the file cannot be read or says something else.
 */
export function userSettings(env: Env): UserSettings {
  const { model, trusted, servers, max_cost: maxCost } = fromFile(settingsFile(env));
  const named = env.MLLM_SHAP_MODEL;
  const more = (env.MLLM_SHAP_TRUSTED ?? "").split(delimiter).filter((folder) => folder !== "");
  return {
    model: named === undefined || named === "" ? model : named,
    trusted: [...trusted, ...more].map((folder) => (folder.startsWith("~") ? join(homeOf(env), folder.slice(1)) : resolve(folder))),
    servers,
    maxCost,
  };
}

function fromFile(path: string): z.output<typeof SettingsSchema> {
  const text = contentOf(path);
  if (text === null || text.trim() === "") return SettingsSchema.parse({});
  const parsed = parseText({ name: path, text, sha256: "" });
  const result = SettingsSchema.safeParse(parsed.data);
  if (result.success) return result.data;
  const [first] = result.error.issues;
  if (first?.code === "unrecognized_keys") {
    const [unknown = ""] = first.keys;
    const at = first.path.map(String);
    const valid = Object.keys((at.length === 0 ? SettingsSchema : NamedServerSchema).shape);
    throw parsed.fail([...at, unknown], "key", `unknown key ${JSON.stringify(unknown)}: valid are ${valid.join(", ")}`);
  }
  const [problem] = problemsOf(result.error.issues, parsed.data);
  throw parsed.fail(problem?.path ?? [], problem?.at ?? "value", problem?.message ?? "is not valid");
}

/** null where there is none. */
function contentOf(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw new SpecError(`${path}: ${whyUnreadable(cause)}`, { cause });
  }
}

function homeOf({ HOME }: Env): string {
  return HOME === undefined || HOME === "" ? homedir() : HOME;
}
