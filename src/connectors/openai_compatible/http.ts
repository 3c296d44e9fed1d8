import { Agent, type Dispatcher, EnvHttpProxyAgent, request } from "undici";
import { ConnectorError, SpecError, UnavailableError } from "../../errors.js";
import type { OnEvent } from "../../events.js";
import type { ServerAccess } from "../../repos/resources.js";
import { reasonOf } from "../../util/errors.js";
import { isLoopback } from "./address.js";
import { isPassing, waitBefore } from "./retry.js";

/** What a server was asked and how it answered, when it answered no. */
export class RefusedError extends ConnectorError {
  constructor(
    message: string,
    readonly status: number,
    /** The answer's body, as it is. */
    readonly body: string,
  ) {
    super(message);
  }
}

/** Asks one server, and no other. */
export interface ServerCalls {
  /** Scheme, host and port. */
  readonly origin: string;
  /**
   * JSON out, JSON in; every question may be asked twice, so what passes is waited for.
   * @param path as in `/v1/models`. @param body null: GET.
   * @throws RefusedError where the server says no, UnavailableError where it is gone, busy or slow, ConnectorError where it answers with a
   * redirect, with too much or with no JSON; the signal's reason.
   */
  json(path: string, body: object | null, signal?: AbortSignal): Promise<unknown>;
  /** Requests sent so far. */
  readonly sent: number;
  close(): Promise<void>;
}

/** Bytes of an answer at most: the longest that is asked for, 65,536 prompt tokens of vLLM, has some 8 MiB. */
const MOST_BYTES = 64 * 2 ** 20;
/** Status of a server whose engine has failed, and llama.cpp's of questions that it does not like. */
const DEAD = 500;
/** Characters of an answer that a message repeats. */
const QUOTED = 200;

export interface CallOptions {
  /** Connections at most. */
  readonly connections: number;
  readonly onEvent?: OnEvent | undefined;
}

export function serverCalls(access: ServerAccess, { connections, onEvent }: CallOptions): ServerCalls {
  const { url: root, apiKey } = access;
  const { origin } = new URL(root);
  const limits = { connections, headersTimeout: access.timeoutS * 1000, bodyTimeout: access.timeoutS * 1000 };
  // What is on this machine is never asked through a proxy.
  const dispatcher: Dispatcher = isLoopback(root) ? new Agent(limits) : new EnvHttpProxyAgent(limits);
  const headers = { accept: "application/json", ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }) };
  let sent = 0;

  const once = async (path: string, body: object | null, signal: AbortSignal | undefined): Promise<Answered> => {
    const url = new URL(root + path);
    if (url.origin !== origin) throw new ConnectorError(`${path} would leave ${origin}`);
    const ending = endingOf(signal, access.timeoutS * 1000);
    sent++;
    try {
      const answer = await request(url, {
        dispatcher,
        method: body === null ? "GET" : "POST",
        headers: body === null ? headers : { ...headers, "content-type": "application/json" },
        ...(body === null ? {} : { body: JSON.stringify(body) }),
        signal: ending.signal,
      });
      return { status: answer.statusCode, headers: answer.headers, text: await textOf(answer.body, `${origin}${path}`) };
    } catch (error) {
      signal?.throwIfAborted();
      if (ending.signal.aborted || isTimeout(error)) {
        throw new UnavailableError(`${origin}${path} gave no whole answer within ${access.timeoutS} s (--server-timeout)`, {
          cause: error,
        });
      }
      throw error;
    } finally {
      ending.clear();
    }
  };

  return {
    origin,
    get sent() {
      return sent;
    },
    async json(path, body, signal) {
      const place = `${origin}${path}`;
      let failingSince: number | null = null;
      for (let attempt = 0; ; attempt++) {
        const answered = await once(path, body, signal).catch((error: unknown) => brokenBy(error, signal));
        if (!isPassing(answered)) return readJson(accepted(answered, place), place);
        failingSince ??= performance.now();
        const waitMs = waitBefore(attempt, answered.headers);
        const leftMs = access.patienceS * 1000 - (performance.now() - failingSince);
        // An engine that has died answers so for ever: once more is enough.
        if (waitMs > leftMs || (answered.status === DEAD && attempt > 0)) throw gone(answered, place, access);
        onEvent?.({ kind: "log", message: `${place}: ${answered.status ?? answered.text}; again in ${(waitMs / 1000).toFixed(1)} s` });
        await pause(waitMs, signal);
      }
    },
    close: () => dispatcher.close(),
  };
}

/** Aborts one request when the caller's signal does, or after so long; `AbortSignal.any` would hang on to every request of a long run. */
function endingOf(signal: AbortSignal | undefined, ms: number): { readonly signal: AbortSignal; clear(): void } {
  const controller = new AbortController();
  const end = (): void => controller.abort();
  const timer = setTimeout(end, ms);
  if (signal?.aborted === true) end();
  signal?.addEventListener("abort", end, { once: true });
  return {
    signal: controller.signal,
    clear() {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
    },
  };
}

/** What came of one request. */
interface Answered {
  /** null: the connection broke, and `text` says how. */
  readonly status: number | null;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

async function textOf(body: Dispatcher.ResponseData["body"], place: string): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of body as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > MOST_BYTES) {
      body.destroy();
      throw new ConnectorError(`${place} answers with more than ${MOST_BYTES / 2 ** 20} MiB, which is all that is read`);
    }
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

const TIMEOUTS: readonly unknown[] = ["UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT"];

function isTimeout(error: unknown): boolean {
  return TIMEOUTS.includes((error as { readonly code?: unknown }).code);
}

/** What a lost connection says; errors of ours and the caller's own wish go on. */
function brokenBy(error: unknown, signal: AbortSignal | undefined): Answered {
  signal?.throwIfAborted();
  const { code } = error as { readonly code?: unknown };
  if (error instanceof ConnectorError || typeof code !== "string") throw error;
  if (/^(ERR_TLS|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/.test(code))
    throw new ConnectorError(`the server's certificate is not trusted (${code})`, { cause: error });
  if (code === "ENOTFOUND") throw new SpecError(`there is no server of that name: ${reasonOf(error)}`, { cause: error });
  return { status: null, headers: {}, text: code === "ECONNREFUSED" ? "nobody listens there" : `the connection broke (${code})` };
}

/** The text of an answer that says yes. */
function accepted({ status, headers, text }: Answered, place: string): string {
  if (status === null) throw new ConnectorError(`${place}: ${text}`);
  if (status >= 200 && status < 300) return text;
  if (status >= 300 && status < 400) {
    const to = typeof headers.location === "string" ? ` to ${JSON.stringify(headers.location.slice(0, QUOTED))}` : "";
    throw new ConnectorError(`${place} answers with a redirect${to}, and none is followed: name the address itself`);
  }
  const said = messageOf(text);
  if (status === 401 || status === 403) {
    throw new SpecError(
      `${place} wants another key (status ${status}): set MLLM_SHAP_API_KEY, or OPENAI_API_KEY where the server is OpenAI's or named by OPENAI_BASE_URL`,
    );
  }
  throw new RefusedError(`${place} refuses (status ${status}): ${said}`, status, text);
}

function gone({ status, text }: Answered, place: string, { patienceS }: ServerAccess): ConnectorError {
  if (status === null) return new UnavailableError(`${place}: ${text}, for ${patienceS} s (--server-patience)`);
  const said = `${place} cannot answer now (status ${status}): ${messageOf(text)}`;
  return status === DEAD ? new RefusedError(said, status, text) : new UnavailableError(said);
}

/** What a server says went wrong, in JSON's quotes: `{error: {message}}`, `{error: "…"}`, `{message}`, or the text itself. */
function messageOf(text: string): string {
  const quoted = (message: string): string => JSON.stringify(message.slice(0, QUOTED));
  try {
    const { error, message, detail } = JSON.parse(text) as {
      readonly error?: unknown;
      readonly message?: unknown;
      readonly detail?: unknown;
    };
    const inner = typeof error === "object" && error !== null ? (error as { readonly message?: unknown }).message : error;
    const said = [inner, message, detail].find((one): one is string => typeof one === "string");
    return quoted(said ?? text);
  } catch {
    return quoted(text);
  }
}

function readJson(text: string, place: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new ConnectorError(`${place} answers with what is no JSON: ${JSON.stringify(text.slice(0, QUOTED))}`, { cause });
  }
}

/** @throws the signal's reason. */
async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done, { once: true });
    function done(): void {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    }
  });
  signal?.throwIfAborted();
}
