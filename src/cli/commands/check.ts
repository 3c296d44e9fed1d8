import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { maxOf } from "../../arrays.js";
import type { CheckRow } from "../../connectors/check_row.js";
import { CONNECTOR_NAMES, type ConnectorName } from "../../connectors/registry.js";
import { type Context, type MannerFlags, mannersOf } from "../context.js";
import { type PolicyFlags, policyOf, tokenOf } from "../policy.js";
import { createProgress } from "../progress.js";

export interface CheckFlags extends MannerFlags, PolicyFlags {
  readonly dtype: string;
  readonly device: "auto" | "cpu" | "cuda" | "webgpu";
  readonly revision: string;
  readonly json?: boolean;
  readonly connector?: ConnectorName;
}

/** Adds `models check`. */
export function addCheckCommand(models: Command, context: Context, done: (code: number) => void): void {
  models
    .command("check")
    .description("try every part of a model: files, tokeniser, layouts, numbers; exit code 1 where one fails")
    .argument("<repo>", "embedded:NAME, a folder, or a Hugging Face hub id")
    .addOption(new Option("--connector <name>", "family of models; found from the files where it is not given").choices(CONNECTOR_NAMES))
    .option("--dtype <name>", "precision of the weights", "auto")
    .option("--device <name>", "auto, cpu, cuda or webgpu", "auto")
    .option("--revision <name>", "branch, tag or commit of a hub repository", "main")
    .option("--json", "as JSON (the default where stdout is no terminal)")
    .option("-v, --verbose", "also inputs and outputs of the graphs")
    .option("--debug", "stacks of errors")
    .option("--allow-download", "a model that is not cached may be downloaded")
    .option("--offline", "use cached models only")
    .action(async (repo: string, _: unknown, command: Command) =>
      done(await checkCommand(repo, command.optsWithGlobals<CheckFlags>(), context)),
    );
}

async function checkCommand(repo: string, flags: CheckFlags, { terminal, interrupt, env, cwd }: Context): Promise<number> {
  // Loading the runtime takes a moment that other commands need not wait for.
  const { checkModel } = await import("../../connectors/check_model.js");
  const progress = createProgress(terminal, mannersOf(flags).loudness);
  const { allowDownload, offline } = policyOf(flags, env);
  try {
    const options = {
      config: { repoId: isFolder(repo) ? resolve(cwd, repo) : repo, revision: flags.revision },
      dtype: flags.dtype,
      device: flags.device,
      allowDownload,
      offline,
      token: tokenOf(env),
      signal: interrupt.signal,
      onEvent: progress.onEvent,
    };
    const rows = await checkModel(options, flags.connector ?? null);
    progress.end();
    const asJson = flags.json === true || !terminal.stdoutIsTerminal;
    await terminal.print(asJson ? `${JSON.stringify(rows, null, 2)}\n` : `${table(rows)}\n`);
    return rows.some(({ status }) => status === "failed") ? 1 : 0;
  } finally {
    progress.end();
  }
}

const isFolder = (repo: string): boolean => /^(\.{1,2}(\/|$)|\/|[A-Za-z]:[\\/])/.test(repo);

/** What was found on one line, how it was judged on the next. */
function table(rows: readonly CheckRow[]): string {
  const width = maxOf(rows.map(({ check }) => check.length));
  const margin = " ".repeat(width + 10);
  return rows
    .flatMap(({ check, found, status, detail }) => [
      `${status.padEnd(8)}${check.padEnd(width)}  ${found}`,
      ...(detail === "" ? [] : [margin + detail]),
    ])
    .join("\n");
}
