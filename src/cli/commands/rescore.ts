import { defineCommand } from "../command.js";
import type { RescoreFlags } from "../rescore_archive.js";

/** Explains an archived run again with other settings; no model is loaded. */
export const rescore = defineCommand<RescoreFlags>({
  name: "rescore",
  summary: "explain a run that explain --archive kept again, with another sampler or payoff; its model is not needed",
  everyday: ["--output", "--format", "--sampler", "--budget", "--payoff", "--target", "--export", "--quiet"],
  usage: "<archive>",
  async options(command) {
    const { addPayoffCommand, addPermissions, addServer, addVerbosity, listOption } = await import("../options.js");
    const [{ FORMATS }, { GAME_FORMATS }, { addSpecFlags }, { choicesHelp }, { addFigureOptions }, { isRescored }] = await Promise.all([
      import("../../views/result/formats.js"),
      import("../../views/game/formats.js"),
      import("../flags.js"),
      import("../choices_help.js"),
      import("../figure_options.js"),
      import("../rescore_archive.js"),
    ]);
    const endings = Object.values(GAME_FORMATS).flatMap((format) => [...format.endings]);
    command
      .argument("<archive>", "what explain --archive wrote; - reads standard input")
      .addOption(listOption("-o, --output <file>", "write the result to a file, in the format of its ending; - is stdout (repeatable)"))
      .option("--format <name>", `${Object.keys(FORMATS).join(", ")} (default: text on a terminal, json otherwise)`)
      .option("--export <file>", `also write every coalition with its payoff, as shapiq reads it (${endings.join(", ")})`)
      .option("--no-run", "leave out cost and duration, which differ from run to run")
      .option("--redact", "leave out all texts")
      .option("--csv-excel", "CSV for spreadsheets: a byte order mark, and no cell that would be taken for a formula");
    addFigureOptions(command);
    addVerbosity(command);
    command.addOption((await import("../progress.js")).progressOption());
    addPermissions(command);
    addServer(command);
    addPayoffCommand(command);
    addSpecFlags(command, ({ path }) => isRescored(path));
    command.addHelpText("after", choicesHelp() + EXAMPLES);
  },
  async run({ operands: [file = "-"], flags, command }, context) {
    const [{ overridesOf }, { rescoreArchive }] = await Promise.all([import("../flags.js"), import("../rescore_archive.js")]);
    return await rescoreArchive(file, overridesOf(command), flags, context);
  },
});

const EXAMPLES = `
Settings that were not given stay as they were. What the archive does not hold is refused, and named.

Examples:
  mllm-shap explain conv.yaml --archive run.mshap
  mllm-shap rescore run.mshap --sampler permutation --budget 10n
  mllm-shap rescore run.mshap --payoff '{kind: embedding, source: ./encoder}'
  mllm-shap rescore run.mshap --export game.npz -o again.json`;
