import { Command } from "commander";
import { VERSION } from "../version.js";
import { addCommands } from "./command.js";
import { COMMANDS } from "./commands.js";
import type { Context } from "./context.js";

/** The command line. `done` receives the exit code of the command that ran. */
export function createProgram(context: Context, done: (code: number) => void): Command {
  const program = new Command("mllm-shap")
    .description("Explains what a text + audio language model answered, with Shapley values.")
    .version(VERSION, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print help for a command")
    .configureHelp({ helpWidth: context.terminal.columns })
    .exitOverride()
    .configureOutput({ outputError: (text) => context.terminal.say(`mllm-shap: ${onOneLine(text)}`) })
    .addHelpText("after", EXAMPLES);
  addCommands(program, COMMANDS, context, done);
  return program;
}

/** `help NAME` is `NAME --help`: a command declares its options only when it is called. */
export function helpAsFlag(args: readonly string[]): readonly string[] {
  const [first, name] = args;
  const known = COMMANDS.some((command) => command.name === name);
  return first === "help" && name !== undefined && known ? [name, "--help"] : args;
}

/** Commander puts its suggestion on a line of its own. */
function onOneLine(text: string): string {
  return text
    .replace(/^error: /, "")
    .replace(/\s+/g, " ")
    .trim();
}

const EXAMPLES = `
Examples:
  mllm-shap explain conv.yaml                         a heat map on a terminal, JSON in a pipe
  mllm-shap explain conv.yaml -o conv.json -o conv.csv
  mllm-shap inspect conv.yaml                         tokens, players and cost, without explaining
  mllm-shap schema > spec.schema.json                 for your editor

Exit codes: 0 done, 1 the run failed, 2 wrong usage or spec, 130 Ctrl-C, 143 terminated.`;
