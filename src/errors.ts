/**
 * Errors by whose fault they are. The command line turns `exitCode` into the process's exit code and prints
 * `message` as one line; the stack is shown with `--debug` only.
 */
export class MllmShapError extends Error {
  /** 2 = the user's spec or usage, 1 = the run itself failed, 75 = it may well go on later (EX_TEMPFAIL of sysexits.h). */
  readonly exitCode: 1 | 2 | 75 = 1;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** Where in a text file a problem stands; lines and columns count from 1. */
export interface SourcePosition {
  readonly file: string;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
}

/** The spec or the command line asks for something that cannot be: exit code 2. */
export class SpecError extends MllmShapError {
  override readonly exitCode = 2;
  readonly position: SourcePosition | null;

  constructor(message: string, options?: ErrorOptions & { readonly position?: SourcePosition | null }) {
    const position = options?.position ?? null;
    super(position === null ? message : `${formatPosition(position)}: ${message}`, options);
    this.position = position;
  }
}

/** A hub repository is not on this machine and may not be fetched without leave. */
export class NotCachedError extends SpecError {}

/** An audio file that cannot be read, decoded or encoded. */
export class AudioError extends MllmShapError {}

/** A model, tokeniser or chat that cannot be loaded, fed or understood. */
export class ConnectorError extends MllmShapError {}

/** A conversation, or a conversation and its answer, has more positions than the model: the spec's fault, with both numbers in the message. */
export class ContextError extends ConnectorError {
  override readonly exitCode = 2;
}

/** A server that is gone, busy or too slow: what was answered so far is kept, and the same command goes on later. */
export class UnavailableError extends ConnectorError {
  override readonly exitCode = 75;
}

/** Masking left a chat without any text token, which `fromChat` does not allow. */
export class AllTextTokensFilteredOutError extends ConnectorError {}

/** The game or the method cannot be played (too many players, too small a budget, a NaN payoff…). */
export class ExplainError extends MllmShapError {}

/** The budget cannot pay for the method asked for: the spec's fault, with the minimum in the message. */
export class BudgetError extends ExplainError {
  override readonly exitCode = 2;
}

function formatPosition({ file, line, column }: SourcePosition): string {
  if (line === undefined) return file;
  return column === undefined ? `${file}:${line}` : `${file}:${line}:${column}`;
}
