import { Option } from "commander";
import { defineCommand } from "../command.js";
import type { ExplainFlags } from "../explain_specs.js";

export const explain = defineCommand<ExplainFlags>({
  name: "explain",
  summary: "explain the answer of each conversation: how much every word, token or stretch of sound counts",
  everyday: [
    "--text",
    "--audio",
    "--transcript",
    "--answer",
    "--model",
    "--output",
    "--format",
    "--players",
    "--sampler",
    "--budget",
    "--tolerance",
    "--payoff",
    "--target",
    "--interactions",
    "--device",
    "--seed",
    "--server",
    "--allow-download",
    "--quiet",
    "--verbose",
  ],
  usage: "[spec...]",
  async options(command) {
    const { addJsonShape } = await import("../json_shape.js");
    const { progressOption } = await import("../progress.js");
    const { addCost, addPayoffCommand, addPermissions, addServer, addVerbosity, listOption } = await import("../options.js");
    const [{ FORMATS }, { addSpecFlags }, { choicesHelp }, { addFigureOptions }, { addTypedSpec }] = await Promise.all([
      import("../../views/result/formats.js"),
      import("../flags.js"),
      import("../choices_help.js"),
      import("../figure_options.js"),
      import("../typed_spec.js"),
    ]);
    command
      .argument("[spec...]", "conversations as YAML or JSON files; - reads standard input")
      .addOption(
        listOption(
          "-o, --output <file>",
          "write results to a file, in the format of its ending; - is stdout (repeatable); {stem}, {folder} and {index} in it make a file a spec",
        ),
      )
      .option("--format <name>", `${Object.keys(FORMATS).join(", ")} (default: text on a terminal, json otherwise)`)
      .option("--no-run", "leave out cost and duration, which differ from run to run")
      .option("--redact", "leave out all texts, on stderr too, and folders; answers are still remembered on disk (--no-cache: not)")
      .option("--full-paths", "results hold absolute paths of specs as they are given (default: what lies below this folder, or the name)")
      .option("--csv-excel", "CSV for spreadsheets: a byte order mark, and no cell that would be taken for a formula")
      .addOption(
        new Option(
          "--audio-content <how>",
          "how audio stands in results (default: segments; pages and figures also hold the sound)",
        ).choices(["segments", "base64"]),
      )
      .option("--audio-out <file>", "write the answer's sound to a file (.wav, or .mp3 with ffmpeg)")
      .option("--archive <file>", "also keep all that the model was asked and answered, for rescore and show: it holds the conversation")
      .option(
        "--archive-whole",
        "of --archive: also ask the model for what the payoff did not need, so that rescore can take payoffs of answers and of log-probabilities",
      )
      .option("--fail-fast", "stop at the first spec that fails");
    addJsonShape(command);
    addTypedSpec(command);
    addFigureOptions(command);
    addVerbosity(command);
    command.addOption(progressOption());
    addPermissions(command);
    addServer(command);
    addCost(command);
    addPayoffCommand(command);
    addSpecFlags(command);
    command.addHelpText("after", choicesHelp() + EXAMPLES);
  },
  async run({ operands, flags, command }, context) {
    const [{ overridesOf }, { explainSpecs }, { eachOf, sourcesOf }] = await Promise.all([
      import("../flags.js"),
      import("../explain_specs.js"),
      import("../typed_spec.js"),
    ]);
    const specs = await eachOf(sourcesOf(operands, flags, context.env), context.cwd);
    return await explainSpecs(specs, overridesOf(command), flags, context);
  },
});

const EXAMPLES = `
Examples:
  mllm-shap explain --text "turn on the kitchen light"
  mllm-shap explain --audio question.wav --transcript "what is it" --model ./my-model
  mllm-shap explain conv.yaml --players word --sampler exact
  mllm-shap explain conv.yaml -o report.html           a page to open, show and send
  mllm-shap explain conv.yaml --budget 4096 --tolerance 5% -o conv.json
  mllm-shap explain conv.yaml --archive run.mshap      then: mllm-shap rescore run.mshap --sampler kernel
  mllm-shap explain *.yaml --format csv -q > all.csv
  mllm-shap explain *.yaml -o out/{stem}.html -o all.jsonl
  mllm-shap explain conv.yaml --set messages.0.content="turn on the light"
  mllm-shap explain base.yaml --set prompt="The capital of France is" --set answer=" Paris"
  cat chat.json | mllm-shap explain - --repo ./my-model`;
