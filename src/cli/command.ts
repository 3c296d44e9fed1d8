import { type Command, Help } from "commander";
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
  /** Commands below this one. */
  readonly commands?: readonly CommandDefinition[];
}

/** The door that every command comes in by: one file and one entry of `commands.ts`, or of its parent's `commands`. */
export function defineCommand<Flags>(definition: CommandDefinition<Flags>): CommandDefinition {
  return definition as CommandDefinition;
}

const PLAIN_HELP = new Help();

/** Puts commands below `parent`; each declares its options when it is the one that runs. @param done receives the exit code. */
export function addCommands(
  parent: Command,
  definitions: readonly CommandDefinition[],
  context: Context,
  done: (code: number) => void,
): void {
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
    if (found !== undefined) await complete(command, found, context, done);
  });
}

async function complete(command: Command, definition: CommandDefinition, context: Context, done: (code: number) => void): Promise<void> {
  await definition.options?.(command, context);
  command.action(async () => done(await definition.run({ operands: command.args, flags: command.optsWithGlobals(), command }, context)));
  if (definition.commands !== undefined) addCommands(command, definition.commands, context, done);
}
