import { Command } from "commander";
import { type CommandDefinition, declare } from "./command.js";
import { COMMANDS } from "./commands.js";
import type { Context } from "./context.js";
import { choicesOfFlags } from "./flags.js";
import { TOPICS } from "./topics/registry.js";

/**
 * What may stand in place of the last word of a command line.
 * @param words after the program's name; the last is the one being typed, maybe empty.
 * @returns none where it is the name of a file.
 */
export async function completions(words: readonly string[], context: Context): Promise<readonly string[]> {
  const last = words.at(-1) ?? "";
  const { definition, below, rest } = commandOf(words.slice(0, -1));
  const names = below.map(({ name }) => name);
  const starting = (candidates: readonly string[]): readonly string[] => candidates.filter((one) => one.startsWith(last));
  if (definition === null) {
    if (words[0] === "help" && words.length > 1) return starting([...names, ...TOPICS.map(({ name }) => name)]);
    return starting([...names, "help", ...(last.startsWith("-") ? ["--help", "--version"] : [])]);
  }
  const command = new Command(definition.name);
  await declare(command, definition, context);
  const before = rest.at(-1) ?? "";
  const previous = command.options.find(({ long, short }) => long === before || short === before);
  if (previous !== undefined && (previous.required || previous.optional)) {
    return starting(previous.argChoices ?? choicesOfFlags().get(previous.long ?? "") ?? []);
  }
  if (last.startsWith("-")) return starting([...command.options.flatMap(({ long }) => long ?? []), "--help"]);
  return rest.length === 0 ? starting(names) : [];
}

/** The command that the words name, and what follows its name. */
function commandOf(words: readonly string[]): {
  readonly definition: CommandDefinition | null;
  readonly below: readonly CommandDefinition[];
  readonly rest: readonly string[];
} {
  let definition: CommandDefinition | null = null;
  let below: readonly CommandDefinition[] = COMMANDS;
  let at = 0;
  for (; at < words.length; at++) {
    const next = below.find(({ name }) => name === words[at]);
    if (next === undefined) break;
    definition = next;
    below = next.commands ?? [];
  }
  return { definition, below, rest: words.slice(at) };
}
