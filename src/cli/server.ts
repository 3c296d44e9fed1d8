import { SERVER_PATIENCE_S, SERVER_TIMEOUT_S, serverAccess } from "../connectors/openai_compatible/access.js";
import { serverRoot } from "../connectors/openai_compatible/address.js";
import { SpecError } from "../errors.js";
import type { ServerAccess } from "../repos/resources.js";
import type { ExplainRequest } from "../spec/request.js";
import { isServerName, serverNamed } from "./server_names.js";

export interface ServerFlags {
  readonly server?: string;
  readonly serverKind?: string;
  readonly serverTimeout?: string;
  readonly serverPatience?: string;
  readonly allowInsecureKey?: boolean;
}

/** Where OPENAI_API_KEY goes whoever named it. */
const OPENAI = "https://api.openai.com";
const OPENAI_ADDRESS = "OPENAI_BASE_URL";

type Env = NodeJS.ProcessEnv;

/**
 * The server that the person at the keyboard names, by a flag or the environment, as an address or by a name of their own; null where they name none. No
 * spec has a say in it.
 * @throws SpecError where the address is none, or a key would go over the network unencrypted.
 */
export function serverOf(flags: ServerFlags, env: Env): ServerAccess | null {
  const asked = askedFor(flags, env);
  if (asked === null) return null;
  const { said } = asked;
  const named = isServerName(asked.text) ? serverNamed(asked.text, said, env) : { url: asked.text };
  const variable = "key_variable" in named ? named.key_variable : undefined;
  return serverAccess(
    {
      url: named.url,
      apiKey: variable === undefined ? keyFor(serverRoot(named.url, said), said, env) : (env[variable] ?? null),
      kind: flags.serverKind ?? ("kind" in named ? named.kind : null),
      timeoutS: seconds("--server-timeout", flags.serverTimeout, SERVER_TIMEOUT_S, 1),
      patienceS: seconds("--server-patience", flags.serverPatience, SERVER_PATIENCE_S, 0),
      allowInsecureKey: flags.allowInsecureKey,
    },
    said,
  );
}

/** The price that the settings give a named server, of a million tokens sent and of answers; null where they give none. */
export function settledPriceOf(flags: ServerFlags, env: Env): readonly [prompt: number, answer: number] | null {
  const asked = askedFor(flags, env);
  return asked !== null && isServerName(asked.text) ? (serverNamed(asked.text, asked.said, env).token_price ?? null) : null;
}

/** @throws SpecError where a server was named by a flag, and the request asks none: the conversation would be explained by another model in silence. */
export function requireAsked({ paths, spec }: ExplainRequest, { server }: ServerFlags): void {
  if (server === undefined || [paths.repo, paths.encoder].some((ref) => ref?.kind === "served")) return;
  throw new SpecError(
    `--server: nothing of this spec is asked at a server, as its model is one of connector ${spec.model.connector}; add --connector openai-compatible --repo NAME`,
  );
}

function askedFor({ server }: ServerFlags, env: Env): { readonly text: string; readonly said: string } | null {
  if (server !== undefined) return { text: server, said: "--server" };
  for (const said of ["MLLM_SHAP_SERVER", OPENAI_ADDRESS]) {
    const text = env[said];
    if (text !== undefined && text !== "") return { text, said };
  }
  return null;
}

/** A key goes to the server that it is of: OpenAI's to OpenAI, or to the address that was set beside it. */
function keyFor(url: string, said: string, { MLLM_SHAP_API_KEY, OPENAI_API_KEY }: Env): string | null {
  const own = MLLM_SHAP_API_KEY || null;
  if (own !== null) return own;
  const ofOpenai = new URL(url).origin === OPENAI || said === OPENAI_ADDRESS;
  return ofOpenai ? OPENAI_API_KEY || null : null;
}

function seconds(flag: string, text: string | undefined, otherwise: number, least: number): number {
  if (text === undefined) return otherwise;
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (value >= least && value <= 86_400) return value;
  throw new SpecError(`${flag} ${text}: must be a number of seconds from ${least} to 86400`);
}
