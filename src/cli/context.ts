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

/** What every command knows of how to talk. */
export interface Manners {
  readonly loudness: Loudness;
  /** Show stacks. */
  readonly debug: boolean;
}

export interface MannerFlags {
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly debug?: boolean;
}

export function mannersOf({ quiet, verbose, debug }: MannerFlags): Manners {
  return { loudness: quiet === true ? "quiet" : verbose === true ? "verbose" : "normal", debug: debug === true };
}
