/** Ctrl-C and SIGTERM as an abort signal. */
export interface Interrupt {
  readonly signal: AbortSignal;
  /** 130 or 143 once interrupted, else null. */
  readonly exitCode: () => number | null;
  /** Lets a write of finished results end before the process is ended by force. */
  readonly finish: <T>(write: Promise<T>) => Promise<T>;
  /** Ends the process, also where a thread hangs in a read. */
  readonly leave: (code: number) => void;
}

type Signal = "SIGINT" | "SIGTERM";

const EXIT_CODES: Readonly<Record<Signal, number>> = { SIGINT: 130, SIGTERM: 143 };

/** What winding down may take before the process is ended by force: a read of a pipe without a writer never ends. */
const GRACE_MS = 1_500;

/**
 * The first signal asks the run to end, and ends the process by force where that takes too long; the second ends it at once.
 * @param onFirst tells the person that the run is winding down.
 */
export function listenForInterrupts(onFirst: () => void): Interrupt {
  const controller = new AbortController();
  let met: Signal | null = null;
  let writes = 0;
  const force = (signal: Signal): void => {
    if (writes > 0) setTimeout(force, GRACE_MS, signal);
    else dieOf(signal);
  };
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      if (met !== null) return dieOf(name);
      met = name;
      onFirst();
      controller.abort();
      setTimeout(force, GRACE_MS, name);
    });
  }
  return {
    signal: controller.signal,
    exitCode: () => (met === null ? null : EXIT_CODES[met]),
    async finish(write) {
      writes++;
      try {
        return await write;
      } finally {
        writes--;
      }
    },
    leave: (code) => (met === null ? process.exit(code) : dieOf(met)),
  };
}

/** How long a call into the system may take that is no hanging one. */
const CALL_MS = 300;

/** With the exit code of an interruption; by the signal itself where a call into the system does not end. */
function dieOf(signal: Signal, since = Date.now()): void {
  const inCall = process.getActiveResourcesInfo().some((resource) => resource.startsWith("FSReq"));
  if (!inCall) process.exit(EXIT_CODES[signal]);
  else if (Date.now() - since > CALL_MS) dieBy(signal);
  else setTimeout(dieOf, 10, signal, since);
}

/** `process.exit` waits for the threads that read files. What dies by a signal does not, and a shell sees the same exit code, 128 + its number. */
function dieBy(signal: Signal): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
