import type { MergeFlags } from "../batch/merge_batch.js";
import { defineCommand } from "../command.js";

export const merge = defineCommand<MergeFlags>({
  name: "merge",
  summary: "put a batch's results together: complete, in the manifest's order, each once; tells what is missing",
  everyday: ["--output", "--format", "--partial", "--missing", "--evaluations"],
  usage: "<folder>",
  async options(command) {
    const [{ addVerbosity, listOption }, { MERGED_FORMATS }] = await Promise.all([
      import("../options.js"),
      import("../../views/merged/formats.js"),
    ]);
    command
      .argument("<folder>", "where batch kept its results, or evaluate its evaluations")
      .addOption(listOption("-o, --output <file>", "write to a file, in the format of its ending; - is stdout (repeatable)"))
      .option("--format <name>", Object.keys(MERGED_FORMATS).join(", "))
      .option("--partial", "exit code 0 although some are missing")
      .option("--missing <file>", "write the ids of all that have no result, one a line")
      .option(
        "--evaluations <file>",
        "put beside each result what evaluate said of it (its folder, JSON or JSON Lines): .html shows it, .jsonl holds it",
      )
      .option("--no-run", "leave out cost and duration, which differ from run to run")
      .option("--redact", "leave out all texts and sounds")
      .option("--csv-excel", "CSV for spreadsheets: a byte order mark, and no cell that would be taken for a formula")
      .addHelpText("after", EXAMPLES);
    addVerbosity(command);
  },
  async run({ operands: [folder = ""], flags }, context) {
    const { mergeBatch } = await import("../batch/merge_batch.js");
    return await mergeBatch(folder, flags, context);
  },
});

const EXAMPLES = `
jsonl holds whole results, csv and parquet one row a player. Of evaluations: jsonl, and csv with one row an evaluation.

Examples:
  mllm-shap merge out -o all.jsonl
  mllm-shap merge out -o all.parquet -o all.csv --partial
  mllm-shap merge out -o - | jq .id`;
