import { escapeControl, escapeLines, escapePainted } from "../util/escape.js";
import type { ColorSupportLevel } from "../views/text/theme.js";
import { type ColorChoice, colorLevelOf } from "./color.js";

/** How much is told on stderr. */
export type Loudness = "quiet" | "normal" | "verbose";

/** The process's streams: results go to stdout, all else to stderr. */
export interface Terminal {
  /**
   * Hands results to stdout; resolves once the system has taken them. On a terminal, everything that it would obey is written out.
   * @param part bytes go out as they are.
   * @param painted the text sets colours of its own, and holds no other sequence.
   * @throws Error as the system says it.
   */
  print(part: string | Uint8Array, painted?: boolean): Promise<void>;
  /** Who read stdout has gone. */
  stdoutIsClosed(): boolean;
  /** One line on stderr, with everything that a terminal would obey written out. */
  say(line: string): void;
  /** A line of the terminal that changes and steps aside for whatever is said; null takes it away. @param line of our own words. */
  setBar(line: string | null): void;
  /** No bar is shown any more. */
  dropBar(): void;
  readonly stdoutIsTerminal: boolean;
  readonly stderrIsTerminal: boolean;
  /** It obeys no sequence (TERM=dumb): nothing is drawn over. */
  readonly stderrIsPlain: boolean;
  readonly columns: number;
  /** Of stderr now: its window may change. */
  stderrColumns(): number;
  /** What `--color` says. */
  setColor(choice: ColorChoice): void;
  /** Of stdout. */
  colorLevel(): ColorSupportLevel;
}

const DEFAULT_COLUMNS = 80;

export function createTerminal({ stdout, stderr, env }: Pick<NodeJS.Process, "stdout" | "stderr" | "env">): Terminal {
  let bar: string | null = null;
  let dropped = false;
  let closed = false;
  let color: ColorChoice = "auto";
  // A reader that has seen enough (`| head`) closes the pipe: nobody is left to tell.
  stderr.on("error", () => {});
  stdout.on("error", () => {});
  // A terminal that does not know its size says 0.
  const columns = stdout.columns || DEFAULT_COLUMNS;
  const stderrColumns = (): number => stderr.columns || DEFAULT_COLUMNS;
  const draw = (line: string): void => void stderr.write(CLEARED + truncate(line, stderrColumns() - 1));
  return {
    async print(part, painted = false) {
      const raw = stdout.isTTY !== true || typeof part !== "string";
      const safe = raw ? part : painted ? escapePainted(part) : escapeLines(part);
      closed ||= await write(stdout, safe);
    },
    stdoutIsClosed: () => closed,
    say(line) {
      if (bar !== null) stderr.write(CLEARED);
      stderr.write(`${escapeControl(line)}\n`);
      if (bar !== null) draw(bar);
    },
    setBar(line) {
      if (dropped || line === bar) return;
      if (line === null) stderr.write(CLEARED);
      else draw(escapeControl(line));
      bar = line === null ? null : escapeControl(line);
    },
    dropBar() {
      if (bar !== null) stderr.write(CLEARED);
      bar = null;
      dropped = true;
    },
    stdoutIsTerminal: stdout.isTTY === true,
    stderrIsTerminal: stderr.isTTY === true,
    stderrIsPlain: env.TERM === "dumb",
    columns,
    stderrColumns,
    setColor(choice) {
      color = choice;
    },
    colorLevel: () => colorLevelOf(color, stdout.isTTY === true, env),
  };
}

/** To the start of the line, which is emptied. */
const CLEARED = "\r\u001b[K";

function truncate(line: string, width: number): string {
  return line.length <= width ? line : `${line.slice(0, Math.max(0, width - 1))}…`;
}

/** @returns whether the pipe is closed, which is the reader's choice and no error. */
function write(stdout: NodeJS.WriteStream, part: string | Uint8Array): Promise<boolean> {
  return new Promise((resolve, reject) => {
    stdout.write(part, (error) => {
      if (error === undefined || error === null) resolve(false);
      else if (isClosedPipe(error)) resolve(true);
      else reject(error);
    });
  });
}

function isClosedPipe(error: Error): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "EPIPE" || code === "ERR_STREAM_DESTROYED";
}
