import { type Command, Help } from "commander";
import { shortenHelp } from "./brief_help.js";
import { type ColorFlags, colorOption } from "./color.js";
import type { Context } from "./context.js";

/** What was typed. */
export interface Invocation<Flags> {
  /** Arguments in order; those of a list follow each other. */
  readonly operands: readonly string[];
  readonly flags: Flags;
  readonly command: Command;
}

/** One command. Its file is read by every run, so that whatever is heavy is imported by `options` and `run`. */
export interface CommandDefinition<Flags = unknown> {
  readonly name: string;
  /** One line of help. */
  readonly summary: string;
  /** As the list of commands shows them, such as `<spec...>`. */
  readonly usage?: string;
  /** Declares arguments and options. */
  options?(command: Command, context: Context): void | Promise<void>;
  /** @returns the exit code. */
  run(invocation: Invocation<Flags>, context: Context): Promise<number>;
  /** Long flags of the options that `-h` shows; `--help` shows all. @default all */
  readonly everyday?: readonly string[];
  /** Commands below this one. */
  readonly commands?: readonly CommandDefinition[];
}

/** The door that every command comes in by: one file and one entry of `commands.ts`, or of its parent's `commands`. */
export function defineCommand<Flags>(definition: CommandDefinition<Flags>): CommandDefinition {
  return definition as CommandDefinition;
}

const PLAIN_HELP = new Help();

/** What a command line is made with. */
export interface Building {
  readonly context: Context;
  /** Receives the exit code of the command that ran. */
  readonly done: (code: number) => void;
  /** Help is that of `-h`. */
  readonly brief: boolean;
}

/** Puts commands below `parent`; each declares its options when it is the one that runs. */
export function addCommands(parent: Command, definitions: readonly CommandDefinition[], building: Building): void {
  for (const { name, summary } of definitions) parent.command(name).description(summary);
  parent.configureHelp({
    ...parent.configureHelp(),
    subcommandTerm: (command) => {
      const found = definitions.find(({ name }) => name === command.name());
      if (found === undefined) return PLAIN_HELP.subcommandTerm(command);
      return [found.name, ...(found.options === undefined ? [] : ["[options]"]), ...(found.usage === undefined ? [] : [found.usage])].join(
        " ",
      );
    },
  });
  parent.hook("preSubcommand", async (_, command) => {
    const found = definitions.find(({ name }) => name === command.name());
    if (found !== undefined) await complete(command, found, building);
  });
}

async function complete(command: Command, definition: CommandDefinition, building: Building): Promise<void> {
  const { context, done, brief } = building;
  await declare(command, definition, context);
  if (brief && definition.everyday !== undefined) shortenHelp(command, definition.everyday);
  command.action(async () => {
    const flags = command.optsWithGlobals<ColorFlags>();
    context.terminal.setColor(flags.color ?? "auto");
    done(await definition.run({ operands: command.args, flags, command }, context));
  });
  if (definition.commands !== undefined) addCommands(command, definition.commands, building);
}

/** Gives a command its arguments and options, those of every command with them. */
export async function declare(command: Command, definition: CommandDefinition, context: Context): Promise<void> {
  await definition.options?.(command, context);
  command.addOption(colorOption().helpGroup("Everywhere:"));
  command.addHelpOption(command.createOption("-h, --help", "the everyday options, or all of them").helpGroup("Everywhere:"));
}
