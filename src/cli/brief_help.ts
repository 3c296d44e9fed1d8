import { EventEmitter } from "node:events";
import { type Command, Help } from "commander";

const PLAIN = new Help();

/** Is `-h` asked for, and not `--help`? */
export function asksBriefly(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return (end < 0 ? args : args.slice(0, end)).includes("-h");
}

/**
 * Makes the help of a command that of `-h`: the options of every day, each in a few words.
 * @param everyday long flags; everything else is left to `--help`
 */
export function shortenHelp(command: Command, everyday: readonly string[]): void {
  const shown = new Set([...everyday, "--help"]);
  command.configureHelp({
    ...command.configureHelp(),
    visibleOptions: (cmd) => PLAIN.visibleOptions(cmd).filter(({ long }) => shown.has(long ?? "")),
    groupItems: <Item>(_: Item[], visible: Item[]) => new Map([["Options:", visible]]),
    optionDescription: (option) => inFewWords(PLAIN.optionDescription(option)),
  });
  // Examples and tables belong to the long one.
  dropWhatFollows(command);
  command.addHelpText("after", `\nEverything else, with examples: ${fullName(command)} --help`);
}

/** The list of commands with the beginning of what each does. */
export function shortenCommandList(command: Command): void {
  command.configureHelp({
    ...command.configureHelp(),
    subcommandTerm: (sub) => sub.name(),
    subcommandDescription: (sub) => inFewWords(PLAIN.subcommandDescription(sub)),
  });
  dropWhatFollows(command);
  command.addHelpText("after", "\nOptions of a command: mllm-shap COMMAND -h (or --help, all of them). Topics, examples: mllm-shap --help");
}

/** What was added behind the help: commander keeps it as listeners, and says so in no type. */
function dropWhatFollows(command: unknown): void {
  if (command instanceof EventEmitter) command.removeAllListeners("afterHelp");
}

/** The first clause. */
function inFewWords(description: string): string {
  const [clause = ""] = description.split(/; |: |\. | \((?:one of|default|choices|repeatable)/);
  return clause.length > 0 ? clause : description;
}

function fullName(command: Command): string {
  return command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;
}
