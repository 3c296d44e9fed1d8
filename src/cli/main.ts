import { CommanderError } from "commander";
import { asksBriefly } from "./brief_help.js";
import type { Context } from "./context.js";
import { failureOf } from "./failure.js";
import { listenForInterrupts } from "./interrupt.js";
import { createProgram, helpAsFlag, topicText } from "./program.js";
import { silenceLibraries } from "./silence.js";
import { createTerminal } from "./terminal.js";

const terminal = createTerminal(process);
const interrupt = listenForInterrupts(() => {
  // A bar would wipe the line.
  terminal.dropBar();
  terminal.say("mllm-shap: interrupted");
  // Whoever waits for input waits no longer.
  process.stdin.destroy();
});

/** Runs the command line; @returns the exit code. */
async function main(): Promise<number> {
  silenceLibraries();
  // Errors that no promise of ours carries, such as those of a library's own callbacks.
  process.on("uncaughtException", (error) => process.exit(codeOf(error)));
  try {
    return await runProgram();
  } catch (error) {
    return codeOf(error);
  }
}

async function runProgram(): Promise<number> {
  const context: Context = {
    terminal,
    interrupt,
    stdin: process.stdin,
    canAsk: process.stdin.isTTY === true && process.stderr.isTTY === true,
    env: process.env,
    cwd: process.cwd(),
  };
  const args = process.argv.slice(2);
  if (args[0] === "complete") return await complete(args.slice(args[1] === "--" ? 2 : 1), context);
  const topic = await topicText(args);
  if (topic !== null) {
    await terminal.print(topic);
    return interrupt.exitCode() ?? 0;
  }
  let code = 0;
  const done = (result: number): void => {
    code = result;
  };
  const program = createProgram({ context, done, brief: asksBriefly(args) });
  await program.parseAsync(helpAsFlag(args), { from: "user" });
  return interrupt.exitCode() ?? code;
}

/** Asked by the scripts of `mllm-shap completion`. */
async function complete(words: readonly string[], context: Context): Promise<number> {
  const { completions } = await import("./complete.js");
  const found = await completions(words, context);
  if (found.length > 0) await terminal.print(`${found.join("\n")}\n`);
  return 0;
}

function codeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (interrupt.signal.aborted) return interrupt.exitCode() ?? 1;
  const failure = failureOf(error);
  terminal.say(`mllm-shap: ${failure.message}`);
  if (process.argv.includes("--debug")) for (const line of failure.stack.split("\n")) terminal.say(line);
  return failure.exitCode;
}

const code = await main();
// What is still on its way to a slow reader goes first; native threads would otherwise keep the process alive.
process.stdout.write("", () => interrupt.leave(code));
