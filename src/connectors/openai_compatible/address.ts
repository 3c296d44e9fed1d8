import { SpecError } from "../../errors.js";

/** Names of this machine. */
const LOOPBACK = /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/i;

/**
 * The address that every path of a server is put behind: without `/v1`, which all of them have, and without a slash at its end.
 * @param said what named it, for messages: a flag or a variable.
 * @throws SpecError where it is no http(s) address, or holds a user, a password, a query or a fragment. The address is not repeated: it may
 * hold a password.
 */
export function serverRoot(address: string, said: string): string {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) throw new SpecError(`${said}: must be an address such as http://localhost:8000`);
  if (url.username !== "" || url.password !== "")
    throw new SpecError(`${said}: an address with a user or a password is not taken; give a key by the variable MLLM_SHAP_API_KEY`);
  if (url.search !== "" || url.hash !== "") throw new SpecError(`${said}: an address ends with its path; leave out what follows ? or #`);
  return url.origin + url.pathname.replace(/\/+$/, "").replace(/\/v1$/, "");
}

/** What is asked there stays on this machine. */
export function isLoopback(root: string): boolean {
  return LOOPBACK.test(new URL(root).hostname);
}

/** @throws SpecError where a key would cross the network for everyone to read. */
export function requireSafeKey(root: string, apiKey: string | null, allowed: boolean): void {
  if (apiKey === null || allowed || isLoopback(root) || root.startsWith("https:")) return;
  throw new SpecError(
    `the key would go to ${new URL(root).origin} unencrypted: use https, leave the key out, or permit it with --allow-insecure-key`,
  );
}
