// A process that runs one command after the other, as `judge.mjs` asks for them: starting a process for each would cost most of the time.
import { CommanderError } from "commander";
import { failureOf } from "../../dist/cli/failure.js";
import { createProgram, helpAsFlag } from "../../dist/cli/program.js";
import { silenceLibraries } from "../../dist/cli/silence.js";
import { escapeControl } from "../../dist/util/escape.js";

/** A terminal of two strings. */
function capture() {
  const text = { stdout: "", stderr: "" };
  const terminal = {
    print: async (part) => {
      text.stdout += part;
    },
    say: (line) => {
      text.stderr += `${escapeControl(line)}\n`;
    },
    stdoutIsClosed: () => false,
    setBar: () => undefined,
    dropBar: () => undefined,
    stdoutIsTerminal: false,
    stderrIsTerminal: false,
    stderrIsPlain: true,
    columns: 80,
    colorLevel: () => 0,
    setColor: () => undefined,
  };
  return { text, terminal };
}

async function run({ args, folder, env }) {
  const { text, terminal } = capture();
  const interrupt = { signal: new AbortController().signal, exitCode: () => null, finish: (write) => write, leave: () => undefined };
  process.chdir(folder);
  let code = 0;
  try {
    const context = { terminal, interrupt, stdin: process.stdin, canAsk: false, env, cwd: folder };
    const done = (result) => {
      code = result;
    };
    const program = createProgram({ context, done, brief: args.includes("-h") });
    await program.parseAsync(helpAsFlag(args), { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) code = error.exitCode === 0 ? 0 : 2;
    else {
      const failure = failureOf(error);
      terminal.say(`mllm-shap: ${failure.message}`);
      code = failure.exitCode;
    }
  }
  process.chdir("/");
  return { code, ...text };
}

silenceLibraries();
process.on("message", async (asked) => process.send(await run(asked)));
// What no promise carries ends the command line with one line too.
process.on("uncaughtException", (error) => process.send({ code: 1, stdout: "", stderr: `mllm-shap: ${failureOf(error).message}\n` }));
