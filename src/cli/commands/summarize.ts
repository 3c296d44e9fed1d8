import { defineCommand } from "../command.js";
import type { SummarizeFlags } from "../summarize_results.js";

/** Tables over many results. */
export const summarize = defineCommand<SummarizeFlags>({
  name: "summarize",
  summary: "tables over many results: values by role, modality and position, faithfulness, two models or samplers in pairs",
  usage: "<results...>",
  async options(command) {
    const [{ listOption }, { SUMMARY_FORMATS }] = await Promise.all([import("../options.js"), import("../../views/summary/formats.js")]);
    command
      .argument("<results...>", "batches' folders, or results as JSON Lines or JSON, which are one set; - reads standard input")
      .addOption(
        listOption("-o, --output <file>", "write to a file, in the format of its ending: .json, .txt, .csv, .tex, .html (repeatable)"),
      )
      .option("--format <name>", `${Object.keys(SUMMARY_FORMATS).join(", ")} (default: text on a terminal, json otherwise)`)
      .addOption(
        listOption("--against <results>", "compare with these, conversation by conversation (by id, else by the spec's path) (repeatable)"),
      )
      .option("--evaluations <file>", "sum up what evaluate said of them: its folder, JSON or JSON Lines")
      .option("--against-evaluations <file>", "compare with what evaluate said of other explanations of the same conversations")
      .option("--confidence <share>", "of the bootstrap intervals over conversations (default: 0.95)")
      .option("--seed <n>", "of the bootstrap (default: 0)")
      .addHelpText("after", EXAMPLES);
  },
  async run({ operands, flags }, context) {
    const { summarizeResults } = await import("../summarize_results.js");
    return await summarizeResults(operands, flags, context);
  },
});

const EXAMPLES = `
Several files or folders are one set, and what stands in two of them counts
once. Two explanations of one conversation are refused: --against is for these.

Examples:
  mllm-shap summarize out
  mllm-shap summarize part-*.jsonl
  mllm-shap summarize qwen.jsonl --against llama.jsonl -o table.tex -o table.csv
  mllm-shap evaluate out --workers 2 -o scores && mllm-shap summarize out --evaluations scores -o tables.html
  mllm-shap summarize exact --evaluations exact-scores --against sampled --against-evaluations sampled-scores`;
