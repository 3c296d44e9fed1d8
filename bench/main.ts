import { Command, type CommanderError } from "commander";
import type { Bench } from "./bench.js";
import { benches } from "./registry.js";

/*
 * npm run bench                        what there is
 * npm run bench -- NAME --help         how it can be run
 * npm run bench -- NAME [options]
 */

const WRONG_USAGE = 2;

const program = new Command("npm run bench --").description("Measures what the documentation says.").helpCommand(false);
// One line each, however narrow the terminal is; commands take both over.
program.configureOutput({ getOutHelpWidth: () => 200 }).exitOverride(leave);
for (const bench of benches) addBench(bench);
if (process.argv.length === 2) program.outputHelp();
else await program.parseAsync();

function addBench(bench: Bench<never>): void {
  const command = program.command(bench.name).description(bench.about).allowExcessArguments(false);
  for (const { flag, about, read, default: value } of bench.options) {
    if (read === undefined) command.option(flag, about, value as string);
    else command.option(flag, about, (text: string) => valid(read, text, command), value);
  }
  command.option("--quick", "less than a minute, to see that it works: the numbers tell nothing", false);
  command.action(async (options) => await bench.run(options as never));
}

function valid(read: (text: string) => unknown, text: string, command: Command): unknown {
  try {
    return read(text);
  } catch (error) {
    return command.error(`error: ${(error as Error).message}`);
  }
}

function leave({ exitCode }: CommanderError): never {
  process.exit(exitCode === 0 ? 0 : WRONG_USAGE);
}
