import { resolve } from "node:path";
import { Option } from "commander";
import type { CheckRow } from "../../connectors/check_row.js";
import type { ConnectorName } from "../../connectors/registry.js";
import { maxOf } from "../../util/arrays.js";
import { defineCommand } from "../command.js";
import { type VerbosityFlags, verbosityOf } from "../context.js";
import { jsonOption } from "../options.js";
import { type PolicyFlags, policyOf, tokenOf } from "../policy.js";
import { printFound } from "../print_found.js";

interface CheckFlags extends VerbosityFlags, PolicyFlags {
  readonly dtype: string;
  readonly device: "auto" | "cpu" | "cuda" | "webgpu";
  readonly revision: string;
  readonly json?: boolean;
  readonly connector?: ConnectorName;
}

export const check = defineCommand<CheckFlags>({
  name: "check",
  summary: "try every part of a model: files, tokeniser, layouts, numbers; exit code 1 where one fails",
  usage: "<repo>",
  async options(command) {
    const { CONNECTOR_NAMES } = await import("../../connectors/registry.js");
    command
      .argument("<repo>", "embedded:NAME, a folder, or a Hugging Face hub id")
      .addOption(new Option("--connector <name>", "family of models; found from the files where it is not given").choices(CONNECTOR_NAMES))
      .option("--dtype <name>", "precision of the weights", "auto")
      .option("--device <name>", "auto, cpu, cuda or webgpu", "auto")
      .option("--revision <name>", "branch, tag or commit of a hub repository", "main")
      .addOption(jsonOption())
      .option("-v, --verbose", "also inputs and outputs of the graphs")
      .option("--debug", "stacks of errors")
      .option("--allow-download", "a model that is not cached may be downloaded")
      .option("--offline", "use cached models only");
  },
  async run({ operands: [repo = ""], flags }, context) {
    const [{ checkModel }, { createProgress }] = await Promise.all([import("../../connectors/check_model.js"), import("../progress.js")]);
    const { terminal, interrupt, env, cwd } = context;
    const progress = createProgress(terminal, verbosityOf(flags).loudness);
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
      await printFound(rows, (found) => `${table(found)}\n`, flags.json, context);
      return rows.some(({ status }) => status === "failed") ? 1 : 0;
    } finally {
      progress.end();
    }
  },
});

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
