import { createContext, Script } from "node:vm";
import { ConnectorError } from "../errors.js";

/** Seconds of work that one call of a stranger's code may take. */
export const MOST_SECONDS = 3;
/** A second try, where the machine did other things during the first, may take as many times as long. */
const PATIENCE = 4;

/** Made at the first use: most runs of the command line, such as `--help`, have none. */
let caller: { readonly script: Script; readonly context: object } | null = null;
let pending: (() => void) | null = null;

/** A limit that a model's tokeniser or template has passed: no try of another kind helps. */
export class LimitError extends ConnectorError {
  override name = "ConnectorError";
}

/**
 * Runs what a model's files decide: regular expressions that may go back and forth for ever, templates that are programs. V8 stops whatever
 * is called from a script with a time limit, its own and other people's functions, and regular expressions too. A limited call inside of a
 * limited call is part of it.
 *
 * A machine that is busy with other things must not change a result: where the time passed without work being done, it is tried once more.
 * @param what stands in the error, such as "the model's chat template".
 * @param call without effects.
 * @throws LimitError after `MOST_SECONDS` of work.
 */
export function limited<T>(what: string, call: () => T, seconds: number = MOST_SECONDS): T {
  if (pending !== null) return call();
  let value: T | undefined;
  for (let patience = 1; ; patience *= PATIENCE) {
    const before = process.cpuUsage();
    pending = () => {
      value = call();
    };
    try {
      runPending(1_000 * seconds * patience);
      return value as T;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "ERR_SCRIPT_EXECUTION_TIMEOUT") throw cause;
      const { user, system } = process.cpuUsage(before);
      if (patience === 1 && (user + system) / 1e6 < 0.8 * seconds) continue;
      throw new LimitError(`${what} takes longer than ${seconds} s and was stopped`, { cause });
    } finally {
      pending = null;
    }
  }
}

function runPending(timeout: number): void {
  caller ??= { script: new Script("call()"), context: createContext({ call: () => pending?.() }) };
  caller.script.runInContext(caller.context, { timeout });
}
