import { SpecError } from "../../errors.js";
import type { ServerAccess } from "../../repos/resources.js";
import { requireSafeKey, serverRoot } from "./address.js";

/** What a program says of a server that it permits to be asked; what is not said has its default. */
export interface ServerChoice {
  /** Such as http://localhost:8000, with or without `/v1`. */
  readonly url: string;
  /** Sent to this server alone. @default null */
  readonly apiKey?: string | null | undefined;
  /** A name of `SERVER_KINDS`. @default null: found out by asking */
  readonly kind?: string | null | undefined;
  /** Seconds that one request may take: a batch on a slow server takes minutes. @default SERVER_TIMEOUT_S */
  readonly timeoutS?: number | undefined;
  /** Seconds that a server which is gone or busy is waited for. @default SERVER_PATIENCE_S */
  readonly patienceS?: number | undefined;
  /** The key may go over http to another machine. @default false */
  readonly allowInsecureKey?: boolean | undefined;
}

export const SERVER_TIMEOUT_S = 900;
export const SERVER_PATIENCE_S = 60;
/** A day. */
const LONGEST_S = 86_400;

/**
 * A server that may be asked, as `policy.server` of a request takes it.
 * @param said what named the address, for messages.
 * @throws SpecError where the address is none or holds a user or password, a time is none, or a key would go over the network unencrypted.
 */
export function serverAccess(choice: ServerChoice, said = "url"): ServerAccess {
  const url = serverRoot(choice.url, said);
  const apiKey = choice.apiKey ?? null;
  // What no header can hold would be an error that repeats it.
  if (apiKey !== null && !/^[\x21-\x7e]+$/.test(apiKey))
    throw new SpecError("the server's key holds blanks or other characters that no key has");
  requireSafeKey(url, apiKey, choice.allowInsecureKey === true);
  const { kind = null, timeoutS = SERVER_TIMEOUT_S, patienceS = SERVER_PATIENCE_S } = choice;
  if (!(timeoutS > 0 && timeoutS <= LONGEST_S)) throw new SpecError(`timeoutS is ${timeoutS}: valid are seconds up to ${LONGEST_S}`);
  if (!(patienceS >= 0 && patienceS <= LONGEST_S))
    throw new SpecError(`patienceS is ${patienceS}: valid are seconds from 0 to ${LONGEST_S}`);
  return { url, apiKey, kind, timeoutS, patienceS };
}
