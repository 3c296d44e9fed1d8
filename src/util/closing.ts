/** What was opened and has to be closed, together. */
export interface Closing {
  /** To be closed before whatever was added earlier. */
  add(close: () => Promise<void>): void;
  /** Closes everything once, the last first, whatever one of them says; then throws what the first of these threw. */
  close(): Promise<void>;
}

export function createClosing(): Closing {
  const open: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    const last = open.pop();
    if (last === undefined) return;
    try {
      await last();
    } finally {
      await close();
    }
  };
  return { add: (one) => void open.push(one), close };
}
