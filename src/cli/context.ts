import type { Readable } from "node:stream";
import type { Interrupt } from "./interrupt.js";
import type { Loudness, Terminal } from "./terminal.js";

/** What a command may use of the process. */
export interface Context {
  readonly terminal: Terminal;
  readonly interrupt: Interrupt;
  readonly stdin: Readable;
  /** A person sits there and can be asked. */
  readonly canAsk: boolean;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
}

/** How much a command says. */
export interface Verbosity {
  readonly loudness: Loudness;
  /** Show stacks. */
  readonly debug: boolean;
}

export interface VerbosityFlags {
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly debug?: boolean;
}

export function verbosityOf({ quiet, verbose, debug }: VerbosityFlags): Verbosity {
  return { loudness: quiet === true ? "quiet" : verbose === true ? "verbose" : "normal", debug: debug === true };
}
