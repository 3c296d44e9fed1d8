import type { ChildProcess } from "node:child_process";
import type { Readable } from "node:stream";
import { z } from "zod";
import type { ModelResponse } from "../chat/model_response.js";
import { ExplainError, SpecError } from "../errors.js";
import type { RunOptions } from "../events.js";
import { reasonOf } from "../util/errors.js";
import { definePayoff } from "./payoff.js";
import type { ResponsePayoff } from "./types.js";

export interface CommandOptions {
  /** Program and arguments; no shell reads them. */
  readonly argv: readonly string[];
  /** What one call of the program may take. */
  readonly timeoutS: number;
}

/** Nothing that a spec may ask for: a stranger's file starts no program. */
export const command = definePayoff({
  name: "command",
  summary: "scores printed by a program that reads answers as JSON lines",
  flag: "--payoff-command",
  asks: "responses",
  options: { argv: z.array(z.string()).readonly(), timeoutS: z.number() },
  create: (options) => commandPayoff(options),
});

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

async function runProgram(
  program: string,
  args: readonly string[],
  lines: readonly string[],
  timeoutS: number,
  { signal }: RunOptions,
): Promise<string> {
  signal?.throwIfAborted();
  // Loaded when a program is run: most runs have none.
  const { execa } = await import("execa");
  const limit = BYTES_PER_SCORE * (lines.length + 16);
  const child = execa(program, args, {
    input: lines.join(""),
    encoding: "buffer",
    stripFinalNewline: false,
    maxBuffer: limit,
    buffer: { stderr: false },
    timeout: timeoutS * 1000,
    killSignal: "SIGKILL",
    reject: false,
    ...(signal === undefined ? {} : { cancelSignal: signal }),
  });
  const said = tailOf(child.stderr);
  giveUpPipes(child);
  const ended = await child;
  signal?.throwIfAborted();
  const fail = (what: string): ExplainError => new ExplainError(`the payoff command ${program} ${what}`, { cause: ended.cause });
  if (!ended.failed) return Buffer.from(ended.stdout).toString("utf8");
  if (ended.timedOut) throw fail(`took longer than ${timeoutS} s`);
  if (ended.isMaxBuffer) throw fail(`printed more than ${limit} bytes for ${lines.length} responses`);
  const { exitCode, signal: killedBy } = ended;
  if (exitCode === undefined && killedBy === undefined) {
    throw fail(`cannot be run: ${ended.code === "ENOENT" ? "there is no such program" : reasonOf(ended.cause)}`);
  }
  const how = exitCode === undefined ? `was ended by ${killedBy}` : `ended with code ${exitCode}`;
  const last = said().trim().split("\n").at(-1) ?? "";
  throw fail(last === "" ? how : `${how}: ${quote(last)}`);
}

/** Children of the program may hold its pipes open after it was ended; and a program that printed too much may go on printing. */
function giveUpPipes(child: ChildProcess): void {
  let exited = false;
  child.once("exit", (_, killedBy) => {
    exited = true;
    if (killedBy === "SIGKILL") for (const pipe of [child.stdin, child.stdout, child.stderr]) pipe?.destroy();
  });
  child.stdout?.once("close", () => {
    if (!exited && child.stdout?.readableEnded === false) child.kill("SIGKILL");
  });
}

/** The last bytes of what is written there. */
function tailOf(stream: Readable): () => string {
  let text = "";
  stream.on("data", (chunk: Buffer) => {
    text = (text + chunk.toString("utf8")).slice(-STDERR_BYTES);
  });
  return () => text;
}

/** Shown as a JSON string: control characters of another program do not reach the terminal. */
const quote = (text: string): string => JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
