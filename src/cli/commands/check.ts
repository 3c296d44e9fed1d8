import { resolve } from "node:path";
import type { CheckRow } from "../../connectors/liquid/check_row.js";
import { defineCommand } from "../command.js";
import { type VerbosityFlags, verbosityOf } from "../context.js";
import { JSON_OPTION } from "../options.js";
import { type PolicyFlags, policyOf, tokenOf } from "../policy.js";
import { printFound } from "../print_found.js";

interface CheckFlags extends VerbosityFlags, PolicyFlags {
  readonly dtype: string;
  readonly device: "auto" | "cpu" | "cuda" | "webgpu";
  readonly revision: string;
  readonly json?: boolean;
}

export const check = defineCommand<CheckFlags>({
  name: "check",
  summary: "try every part of an audio model (liquid-audio): files, layouts, numbers; exit code 1 where one fails",
  usage: "<repo>",
  options(command) {
    command
      .argument("<repo>", "embedded:NAME, a folder, or a Hugging Face hub id")
      .option("--dtype <name>", "precision of the weights", "fp32")
      .option("--device <name>", "auto, cpu, cuda or webgpu", "auto")
      .option("--revision <name>", "branch, tag or commit of a hub repository", "main")
      .option(...JSON_OPTION)
      .option("-v, --verbose", "also inputs and outputs of the graphs")
      .option("--debug", "stacks of errors")
      .option("--allow-download", "a model that is not cached may be downloaded")
      .option("--offline", "use cached models only");
  },
  async run({ operands: [repo = ""], flags }, context) {
    const [{ checkLiquid }, { createProgress }] = await Promise.all([import("../../connectors/liquid/check.js"), import("../progress.js")]);
    const { terminal, interrupt, env, cwd } = context;
    const progress = createProgress(terminal, verbosityOf(flags).loudness);
    const { allowDownload, offline } = policyOf(flags, env);
    try {
      const rows = await checkLiquid({
        config: { repoId: isFolder(repo) ? resolve(cwd, repo) : repo, revision: flags.revision },
        dtype: flags.dtype,
        device: flags.device,
        allowDownload,
        offline,
        token: tokenOf(env),
        signal: interrupt.signal,
        onEvent: progress.onEvent,
      });
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
  const width = Math.max(...rows.map(({ check }) => check.length));
  const margin = " ".repeat(width + 10);
  return rows
    .flatMap(({ check, found, status, detail }) => [
      `${status.padEnd(8)}${check.padEnd(width)}  ${found}`,
      ...(detail === "" ? [] : [margin + detail]),
    ])
    .join("\n");
}
