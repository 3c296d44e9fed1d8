/** Runs what it is given. */
export type Queue = <T>(run: () => Promise<T>) => Promise<T>;

/** One thing at a time, in the order asked; a failure is its own only. */
export function createQueue(): Queue {
  let last: Promise<unknown> = Promise.resolve();
  return (run) => {
    const next = last.then(run);
    last = next.catch(() => undefined);
    return next;
  };
}
