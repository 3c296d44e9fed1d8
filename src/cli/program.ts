import { Command } from "commander";
import { SpecError } from "../errors.js";
import { VERSION } from "../package.js";
import { shortenCommandList } from "./brief_help.js";
import { colorOption } from "./color.js";
import { addCommands, type Building } from "./command.js";
import { COMMANDS } from "./commands.js";
import { TOPICS } from "./topics/registry.js";
import { table } from "./topics/topic.js";

/** The command line. */
export function createProgram(building: Building): Command {
  const { context, brief } = building;
  const program = new Command("mllm-shap")
    .description("Explains what a text + audio language model answered, with Shapley values.")
    .version(VERSION, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help, short or long")
    .addOption(colorOption())
    .helpCommand("help [name]", "print help for a command or a topic")
    .configureHelp({ helpWidth: context.terminal.columns })
    .exitOverride()
    .configureOutput({ outputError: (text) => context.terminal.say(`mllm-shap: ${onOneLine(text)}`) })
    .addHelpText("after", EXAMPLES + topicList());
  addCommands(program, COMMANDS, building);
  if (brief) shortenCommandList(program);
  return program;
}

/** `help NAME` is `NAME --help`: a command declares its options only when it is called. */
export function helpAsFlag(args: readonly string[]): readonly string[] {
  const [first, name] = args;
  const known = COMMANDS.some((command) => command.name === name);
  return first === "help" && name !== undefined && known ? [name, "--help"] : args;
}

/**
 * What `help NAME` tells where NAME is no command; null where help is not asked for, or for a command.
 * @throws SpecError where there is neither a command nor a topic of that name.
 */
export async function topicText(args: readonly string[]): Promise<string | null> {
  const [first, name] = helpAsFlag(args);
  if (first !== "help" || name === undefined || name === "help" || name.startsWith("-")) return null;
  const topic = TOPICS.find((one) => one.name === name);
  if (topic !== undefined) return await topic.text();
  const [commands, topics] = [COMMANDS, TOPICS].map((known) => known.map((one) => one.name).join(", "));
  throw new SpecError(`help ${name}: there is no such command or topic; commands are ${commands}; topics are ${topics}`);
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
`;

function topicList(): string {
  return `\nTopics (mllm-shap help NAME):\n${table(TOPICS.map(({ name, summary }) => [name, summary]))}`.trimEnd();
}
