import { AsyncLocalStorage } from "node:async_hooks";

const signals = new AsyncLocalStorage<AbortSignal>();

/**
 * Runs a call whose native work, however deep below, ends for the caller as soon as the signal is aborted.
 * @throws the signal's reason.
 */
export async function withSignal<T>(signal: AbortSignal | undefined, call: () => Promise<T>): Promise<T> {
  if (signal === undefined) return await call();
  signal.throwIfAborted();
  return await signals.run(signal, call);
}

/** Runs what several callers will wait for outside of the reach of any one's signal: an abort of the first must not fail the others. */
export function ofNobody<T>(call: () => Promise<T>): Promise<T> {
  return signals.exit(call);
}

/** The signal of the innermost `withSignal` that is running. */
export function currentSignal(): AbortSignal | undefined {
  return signals.getStore();
}

/** What the promise gives, or the signal's reason as soon as it is aborted; the promise's own end is then nobody's. */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}
