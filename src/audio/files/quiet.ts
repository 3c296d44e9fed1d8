/**
 * Runs a synchronous call of a decoder with the host's console shut: they complain there of every damaged frame, and of some that
 * are not. What is wrong with a file is counted and told in one line instead.
 */
export function quietly<T>(call: () => T): T {
  const { console: host } = globalThis;
  const silent = (): void => undefined;
  const before = { log: host.log, warn: host.warn, error: host.error, info: host.info, debug: host.debug };
  Object.assign(host, { log: silent, warn: silent, error: silent, info: silent, debug: silent });
  try {
    return call();
  } finally {
    Object.assign(host, before);
  }
}
