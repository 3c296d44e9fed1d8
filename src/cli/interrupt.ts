/** Ctrl-C and SIGTERM as an abort signal. */
export interface Interrupt {
  readonly signal: AbortSignal;
  /** 130 or 143 once interrupted, else null. */
  readonly exitCode: () => number | null;
}

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;
/** How long the run may take to wind down. */
const WIND_DOWN_MS = 1_800;

/**
 * The first signal asks the run to end, and ends the process where the run has not ended soon; the second ends the process at once.
 * @param onFirst tells the person that the run is winding down.
 */
export function listenForInterrupts(onFirst: () => void): Interrupt {
  const controller = new AbortController();
  let code: number | null = null;
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      if (code !== null) endProcess(EXIT_CODES[name]);
      code = EXIT_CODES[name];
      const exitCode = code;
      onFirst();
      setTimeout(() => endProcess(exitCode), WIND_DOWN_MS).unref();
      controller.abort();
    });
  }
  return { signal: controller.signal, exitCode: () => code };
}

/**
 * Ends the process. Node waits for its threads before it exits, and one that waits in a read or in the opening of a pipe waits for ever: then
 * an interrupted process dies by its signal, which shells report as the same code.
 */
export function endProcess(code: number): void {
  const signal = code === EXIT_CODES.SIGINT ? "SIGINT" : "SIGTERM";
  const interrupted = code === EXIT_CODES.SIGINT || code === EXIT_CODES.SIGTERM;
  if (!interrupted || !process.getActiveResourcesInfo().some((name) => name.startsWith("FSReq"))) process.exit(code);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
