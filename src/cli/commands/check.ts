import { resolve } from "node:path";
import { Option } from "commander";
import type { ConnectorName } from "../../connectors/registry.js";
import { defineCommand } from "../command.js";
import { type VerbosityFlags, verbosityOf } from "../context.js";
import type { PolicyFlags } from "../policy.js";

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
    const { jsonOption } = await import("../options.js");
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
    const { resourcesFor } = await import("../resources.js");
    const { checkText } = await import("../check_text.js");
    const [{ checkModel }, { createProgress }] = await Promise.all([import("../../connectors/check_model.js"), import("../progress.js")]);
    const { terminal, cwd } = context;
    const progress = createProgress(terminal, verbosityOf(flags).loudness);
    try {
      const options = {
        ...resourcesFor(flags, context, progress.onEvent),
        config: { repoId: isFolder(repo) ? resolve(cwd, repo) : repo, revision: flags.revision },
        dtype: flags.dtype,
        device: flags.device,
      };
      const rows = await checkModel(options, flags.connector ?? null);
      progress.end();
      const { printFound } = await import("../print_found.js");
      await printFound(rows, (found) => `${checkText(found)}\n`, flags.json, context);
      return rows.some(({ status }) => status === "failed") ? 1 : 0;
    } finally {
      progress.end();
    }
  },
});

const isFolder = (repo: string): boolean => /^(\.{1,2}(\/|$)|\/|[A-Za-z]:[\\/])/.test(repo);
