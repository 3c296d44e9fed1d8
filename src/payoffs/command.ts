import { type ChildProcess, spawn } from "node:child_process";
import type { ModelResponse } from "../connectors/base/model_response.js";
import { ExplainError, SpecError } from "../errors.js";
import type { RunOptions } from "../events.js";
import type { ResponsePayoff } from "./types.js";

export interface CommandOptions {
  /** Program and arguments; no shell reads them. */
  readonly argv: readonly string[];
  /** What one call of the program may take. */
  readonly timeoutS: number;
}

/** Bytes that a score and its line may take; more output than that for every response is an error. */
const BYTES_PER_SCORE = 64;
const STDERR_BYTES = 4096;

/**
 * Scores by another program. It reads one JSON line a response on stdin, `{"text", "tokens", "finish_reason", "audio_codes",
 * "target": {"text", "tokens", "audio_codes"}}`, and prints one number a line, in order.
 * @throws SpecError where `argv` is empty.
 */
export function commandPayoff({ argv, timeoutS }: CommandOptions): ResponsePayoff {
  const [program, ...args] = argv;
  if (program === undefined || program === "") throw new SpecError("the payoff command is empty: give a program and its arguments");
  return {
    needs: "responses",
    fit: (target) => ({
      fittedOn: null,
      warnings: [],
      async values(responses, run) {
        if (responses.length === 0) return new Float64Array(0);
        const lines = responses.map(
          (response) => `${JSON.stringify({ ...record(response), finish_reason: response.finishReason, target: record(target) })}\n`,
        );
        const output = await runProgram(program, args, lines, timeoutS, run);
        return parseScores(output, responses.length, program);
      },
    }),
  };
}

function record(response: ModelResponse): Readonly<Record<string, unknown>> {
  const { frames, codebooks, codes } = response.generatedAudioTokens;
  return {
    text: response.text,
    tokens: [...response.generatedTextTokens],
    audio_codes: Array.from({ length: frames }, (_, frame) => [...codes.subarray(frame * codebooks, (frame + 1) * codebooks)]),
  };
}

/** @throws ExplainError on any other number of lines, or a line that is no finite number. */
export function parseScores(output: string, count: number, program: string): Float64Array {
  const lines = output.split(/\r?\n/u).map((line) => line.trim());
  while (lines.at(-1) === "") lines.pop();
  if (lines.length !== count) {
    throw new ExplainError(
      `the payoff command ${program} printed ${lines.length} lines for ${count} responses: it must print one score a line`,
    );
  }
  return Float64Array.from(lines, (line, i) => {
    const score = line === "" ? Number.NaN : Number(line);
    if (Number.isFinite(score)) return score;
    throw new ExplainError(`the payoff command ${program} printed ${quote(line)} on line ${i + 1}: a finite number is needed`);
  });
}

function runProgram(
  program: string,
  args: readonly string[],
  lines: readonly string[],
  timeoutS: number,
  run: RunOptions,
): Promise<string> {
  run.signal?.throwIfAborted();
  const limit = BYTES_PER_SCORE * (lines.length + 16);
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"], windowsHide: true });
    const output = collect(child, limit, () =>
      stop(new ExplainError(`the payoff command ${program} printed more than ${limit} bytes for ${lines.length} responses`)),
    );
    const timer = setTimeout(() => stop(new ExplainError(`the payoff command ${program} took longer than ${timeoutS} s`)), timeoutS * 1000);
    const onAbort = (): void => stop(run.signal?.reason);
    run.signal?.addEventListener("abort", onAbort, { once: true });

    const finish = (): void => {
      clearTimeout(timer);
      run.signal?.removeEventListener("abort", onAbort);
    };
    /** Ends the program and gives up its pipes, which its own children may hold open. */
    const stop = (reason: unknown): void => {
      finish();
      child.kill("SIGKILL");
      for (const pipe of [child.stdin, child.stdout, child.stderr]) pipe?.destroy();
      reject(reason);
    };
    child.on("error", (cause) => {
      finish();
      const why = (cause as NodeJS.ErrnoException).code === "ENOENT" ? "there is no such program" : cause.message;
      reject(new ExplainError(`the payoff command ${program} cannot be run: ${why}`, { cause }));
    });
    child.on("close", (code, signal) => {
      finish();
      if (code === 0) return resolve(output.stdout());
      const said = output.stderr().trim().split("\n").at(-1) ?? "";
      const ended = code === null ? `was ended by ${signal}` : `ended with code ${code}`;
      reject(new ExplainError(`the payoff command ${program} ${ended}${said === "" ? "" : `: ${quote(said)}`}`));
    });
    // A program may end without reading everything; its exit code and output tell whether that was right.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(lines.join(""));
  });
}

function collect(child: ChildProcess, limit: number, tooMuch: () => void): { stdout(): string; stderr(): string } {
  const out: Buffer[] = [];
  let bytes = 0;
  let errors = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > limit) tooMuch();
    else out.push(chunk);
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    errors = (errors + chunk.toString("utf8")).slice(-STDERR_BYTES);
  });
  return { stdout: () => Buffer.concat(out).toString("utf8"), stderr: () => errors };
}

/** Shown as a JSON string: control characters of another program do not reach the terminal. */
const quote = (text: string): string => JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
