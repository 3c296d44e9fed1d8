/** What a bench may be told on the command line; `flag` is as commander reads it. */
export interface BenchOption {
  readonly flag: string;
  readonly about: string;
  /** Makes the text that was given a value. */
  readonly read?: ((text: string) => unknown) | undefined;
  readonly default?: unknown;
}

/** Something that is measured. Light: its work is imported when it runs, so that no bench pays for another's libraries. */
export interface Bench<Options = unknown> {
  readonly name: string;
  /** One line. */
  readonly about: string;
  /** Beside `--quick`, which all have. */
  readonly options: readonly BenchOption[];
  run(options: Options & { readonly quick: boolean }): Promise<void>;
}

/** The door through which every bench comes; `registry.ts` is the only list of them. */
export function defineBench<Options>(bench: Bench<Options>): Bench<Options> {
  return bench;
}

/** A whole number from `least` on. */
export function count(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least) throw new Error(`${text} is no whole number from ${least} on`);
    return value;
  };
}
