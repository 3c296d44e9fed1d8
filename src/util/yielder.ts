import { setImmediate } from "node:timers/promises";

/** Milliseconds that computing goes on at a stretch. */
const STRETCH_MS = 50;

/**
 * For long computations: what it returns, called between steps, lets signals and timers through now and then.
 * @throws the signal's reason, from there on.
 */
export function createYielder(signal?: AbortSignal): () => Promise<void> {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < STRETCH_MS) return;
    await setImmediate();
    signal?.throwIfAborted();
    since = performance.now();
  };
}
