import { MllmShapError } from "../errors.js";
import { escapeControl } from "../util/escape.js";
import type { ColorSupportLevel } from "../views/text/theme.js";

/** How much is told on stderr. */
export type Loudness = "quiet" | "normal" | "verbose";

/** The process's streams: results go to stdout, all else to stderr. */
export interface Terminal {
  /** Hands results to stdout; resolves once the system has taken them. @throws MllmShapError where it does not. */
  print(part: string | Uint8Array): Promise<void>;
  /** One line on stderr, with everything that a terminal would obey written out. */
  say(line: string): void;
  /** Called before and after every line, so that a progress bar can step aside. */
  setBar(bar: { readonly hide: () => void; readonly show: () => void } | null): void;
  readonly stdoutIsTerminal: boolean;
  readonly stderrIsTerminal: boolean;
  readonly columns: number;
  /** Of stdout; 0 where NO_COLOR is set. */
  colorLevel(): Promise<ColorSupportLevel>;
}

const DEFAULT_COLUMNS = 80;

export function createTerminal({ stdout, stderr, env }: Pick<NodeJS.Process, "stdout" | "stderr" | "env">): Terminal {
  let bar: { readonly hide: () => void; readonly show: () => void } | null = null;
  // A reader that has seen enough (`| head`) closes the pipe: nobody is left to tell.
  stderr.on("error", () => {});
  stdout.on("error", () => {});
  return {
    print: (part) => print(stdout, part),
    say(line) {
      bar?.hide();
      stderr.write(`${escapeControl(line)}\n`);
      bar?.show();
    },
    setBar(next) {
      bar = next;
    },
    stdoutIsTerminal: stdout.isTTY === true,
    stderrIsTerminal: stderr.isTTY === true,
    // A terminal that does not know its size says 0.
    columns: stdout.columns || DEFAULT_COLUMNS,
    // https://no-color.org: any non-empty value.
    colorLevel: async () => ((env.NO_COLOR ?? "") === "" ? (await import("chalk")).default.level : 0),
  };
}

/** A closed pipe is the reader's choice, not an error. */
function print(stdout: NodeJS.WriteStream, part: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stdout.write(part, (error) => {
      if (error === undefined || error === null || isClosedPipe(error)) resolve();
      else reject(new MllmShapError(`cannot write to standard output: ${reason(error)}`, { cause: error }));
    });
  });
}

function reason(error: Error): string {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOSPC" ? "no space left" : (code ?? error.message);
}

function isClosedPipe(error: Error): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "EPIPE" || code === "ERR_STREAM_DESTROYED";
}
