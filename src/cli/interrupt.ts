/** Ctrl-C and SIGTERM as an abort signal. */
export interface Interrupt {
  readonly signal: AbortSignal;
  /** 130 or 143 once interrupted, else null. */
  readonly exitCode: () => number | null;
}

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * The first signal asks the run to end; the second ends the process at once.
 * @param onFirst tells the person that the run is winding down.
 */
export function listenForInterrupts(onFirst: () => void): Interrupt {
  const controller = new AbortController();
  let code: number | null = null;
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      if (code !== null) process.exit(EXIT_CODES[name]);
      code = EXIT_CODES[name];
      onFirst();
      controller.abort();
    });
  }
  return { signal: controller.signal, exitCode: () => code };
}
