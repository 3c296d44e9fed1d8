import { Option } from "commander";
import type { ConnectorDefinition } from "../../connectors/connector.js";
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
  readonly tokenizer?: string;
}

export const check = defineCommand<CheckFlags>({
  name: "check",
  summary: "try every part of a model: files, tokeniser, layouts, numbers; exit code 1 where one fails",
  usage: "<repo>",
  async options(command) {
    const { addServer, jsonOption } = await import("../options.js");
    const { CONNECTOR_NAMES } = await import("../../connectors/registry.js");
    command
      .argument("<repo>", "embedded:NAME, a folder, a Hugging Face hub id, or with --server a server's name of a model")
      .addOption(new Option("--connector <name>", "family of models; found from the files where it is not given").choices(CONNECTOR_NAMES))
      .option("--dtype <name>", "precision of the weights", "auto")
      .option("--device <name>", "auto, cpu, cuda or webgpu", "auto")
      .option("--revision <name>", "branch, tag or commit of a hub repository", "main")
      .option("--tokenizer <repo>", "of a served model: the folder or hub id of its tokeniser, to send token ids")
      .addOption(jsonOption())
      .option("-v, --verbose", "also inputs and outputs of the graphs")
      .option("--debug", "stacks of errors")
      .option("--allow-download", "a model that is not cached may be downloaded")
      .option("--offline", "use cached models only");
    addServer(command);
  },
  async run({ operands: [repo = ""], flags }, context) {
    const { resourcesFor } = await import("../resources.js");
    const { repoNamed } = await import("../../spec/paths.js");
    const { checkText } = await import("../check_text.js");
    const [{ checkModel }, { createProgress }] = await Promise.all([import("../../connectors/check_model.js"), import("../progress.js")]);
    const { connectors, CONNECTORS } = await import("../../connectors/registry.js");
    const { terminal, cwd } = context;
    // Who names a server means a model behind it.
    const connector =
      flags.connector ?? (flags.server === undefined ? null : (connectors.find((one) => one.served === true)?.name ?? null));
    const row: ConnectorDefinition | null = connector === null ? null : CONNECTORS[connector];
    const served = row?.served === true;
    const progress = createProgress(terminal, verbosityOf(flags).loudness);
    try {
      const options = {
        ...resourcesFor(flags, context, progress.onEvent),
        config: { repoId: served ? repo : (await repoNamed(repo, cwd)).name, revision: flags.revision },
        tokenizer: flags.tokenizer === undefined ? null : (await repoNamed(flags.tokenizer, cwd)).name,
        dtype: flags.dtype,
        device: flags.device,
      };
      const rows = await checkModel(options, connector);
      progress.end();
      const { printFound } = await import("../print_found.js");
      await printFound(rows, (found) => `${checkText(found)}\n`, flags.json, context);
      return rows.some(({ status }) => status === "failed") ? 1 : 0;
    } finally {
      progress.end();
    }
  },
});
