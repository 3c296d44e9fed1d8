import { defineCommand } from "../command.js";
import type { ShowFlags } from "../show_results.js";

/** Every view of stored results; no model is loaded. */
export const show = defineCommand<ShowFlags>({
  name: "show",
  summary: "show stored results in any format, or compare two of them side by side; no model is needed",
  everyday: ["--output", "--format", "--each", "--redact", "--figure-width", "--panel"],
  usage: "<result...>",
  async options(command) {
    const [{ listOption }, { FORMATS }, { addFigureOptions }, { addJsonShape }] = await Promise.all([
      import("../options.js"),
      import("../../views/result/formats.js"),
      import("../figure_options.js"),
      import("../json_shape.js"),
    ]);
    command
      .argument("<result...>", "results as JSON or JSON Lines, or archives (.mshap); - reads standard input")
      .addOption(
        listOption(
          "-o, --output <file>",
          "write to a file, in the format of its ending; - is stdout (repeatable); {stem}, {folder} and {index} in it make a file a result",
        ),
      )
      .option("--format <name>", `${Object.keys(FORMATS).join(", ")} (default: text on a terminal, json otherwise)`)
      .option("--each", "show two results one after the other instead of comparing them")
      .option("--redact", "leave out all texts and sounds")
      .option("--csv-excel", "CSV for spreadsheets: a byte order mark, and no cell that would be taken for a formula");
    addJsonShape(command);
    addFigureOptions(command);
    command.addHelpText("after", EXAMPLES);
  },
  async run({ operands, flags }, context) {
    const { showResults } = await import("../show_results.js");
    return await showResults(operands, flags, context);
  },
});

const EXAMPLES = `
Two files of one result each are compared, if they explain the same players.

Examples:
  mllm-shap show result.json                          as on the terminal
  mllm-shap show result.json -o report.html           a page to open, show and send
  mllm-shap show batch.jsonl -o batch.html            several conversations with an index
  mllm-shap show batch.jsonl -o out/{index}.svg        a figure each
  mllm-shap show a.json b.json -o compared.html       side by side
  mllm-shap show result.json -o figure.pdf --figure-width 85`;
