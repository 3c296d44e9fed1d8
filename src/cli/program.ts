import { Command, Option } from "commander";
import { maxOf } from "../arrays.js";
import { PAYOFFS } from "../payoffs/registry.js";
import { FORMATS } from "../report/formats.js";
import { AUTO_SUMMARY } from "../shapley/auto.js";
import { METHODS } from "../shapley/registry.js";
import { VERSION } from "../version.js";
import { type AlignFlags, alignCommand, alignOptions } from "./commands/align.js";
import { addCacheCommand } from "./commands/cache.js";
import { addCheckCommand } from "./commands/check.js";
import { compareCommand, compareOptions } from "./commands/compare.js";
import { type EvaluateFlags, evaluateCommand, evaluateOptions } from "./commands/evaluate.js";
import { type ExplainFlags, explainCommand } from "./commands/explain.js";
import { type InspectFlags, inspectCommand } from "./commands/inspect.js";
import { modelsCommand } from "./commands/models.js";
import { schemaCommand } from "./commands/schema.js";
import type { Context } from "./context.js";
import type { DocumentFlags } from "./documents.js";
import { addSpecFlags, overridesOf } from "./flags.js";
import { PAYOFF_TIMEOUT_S } from "./policy.js";

const FORMAT_LIST = Object.keys(FORMATS).join(", ");

/** The command line. `done` receives the exit code of the command that ran. */
export function createProgram(context: Context, done: (code: number) => void): Command {
  const program = new Command("mllm-shap")
    .description("Explains what a text + audio language model answered, with Shapley values.")
    .version(VERSION, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print help for a command")
    .configureHelp({ helpWidth: context.terminal.columns })
    .addHelpText("after", MAIN_EXAMPLES);
  addExplain(program, context, done);
  addInspect(program, context, done);
  addEvaluate(program, context, done);
  addAlign(program, context, done);
  addCacheCommand(program.command("cache"), context, done);
  program
    .command("schema")
    .description("print the JSON Schema of specs")
    .option("--result", "of results instead")
    .action(async (flags) => done(await schemaCommand(flags, context)));
  const models = program.command("models");
  models
    .description("list the models, devices and precisions that can be used here")
    .option("--json", "as JSON (the default where stdout is no terminal)")
    .action(async (flags) => done(await modelsCommand(flags, context)));
  addCheckCommand(models, context, done);
  return program;
}

function addExplain(program: Command, context: Context, done: (code: number) => void): void {
  const command = program
    .command("explain")
    .description("explain the answer of each conversation: how much every word, token or stretch of sound counts")
    .argument("<spec...>", "conversations as YAML or JSON files; - reads standard input")
    .addOption(listOption("-o, --output <file>", "write results to a file, in the format of its ending; - is stdout (repeatable)"))
    .option("--format <name>", `${FORMAT_LIST} (default: text on a terminal, json otherwise)`)
    .option("--no-run", "leave out cost and duration, which differ from run to run")
    .option("--redact", "leave out all texts")
    .option("--csv-excel", "guard CSV cells that a spreadsheet would take for formulas")
    .addOption(new Option("--audio-content <how>", "how audio stands in results").choices(["segments", "base64"]))
    .option("--audio-out <file>", "write the answer's sound to a file (.wav, or .mp3 with ffmpeg)")
    .option("--fail-fast", "stop at the first spec that fails");
  addManners(command);
  addPermissions(command);
  addPayoffCommand(command);
  addSpecFlags(command);
  command
    .addHelpText(
      "after",
      listing("Samplers", { auto: { summary: AUTO_SUMMARY }, ...METHODS }) +
        listing("Payoffs", { ...PAYOFFS, command: { summary: `${PAYOFFS.command.summary} (--payoff-command)` } }) +
        EXPLAIN_EXAMPLES,
    )
    .action(async (specs: string[], flags: ExplainFlags) => {
      done(await explainCommand(specs, overridesOf(command), flags, context));
    });
}

function addInspect(program: Command, context: Context, done: (code: number) => void): void {
  const command = program
    .command("inspect")
    .description("show a conversation's tokens, roles and players, and what explaining it would cost; explains nothing")
    .argument("<spec>", "a conversation as a YAML or JSON file; - reads standard input")
    .option("--no-cost", "do not ask the model for its answer, nor time it")
    .option("--json", "as JSON (the default where stdout is no terminal)");
  addManners(command);
  addPermissions(command);
  addPayoffCommand(command);
  addSpecFlags(command);
  command.action(async (spec: string, flags: InspectFlags) => done(await inspectCommand(spec, overridesOf(command), flags, context)));
}

function addEvaluate(program: Command, context: Context, done: (code: number) => void): void {
  const evaluation = evaluateOptions(
    program
      .command("evaluate")
      .description("play a result's ranking against its model: insertion, deletion, comprehensiveness, sufficiency, against chance"),
  );
  addManners(evaluation);
  addPermissions(evaluation);
  addPayoffCommand(evaluation);
  evaluation.action(async (file: string, flags: EvaluateFlags) => done(await evaluateCommand(file, flags, context)));
  compareOptions(
    program.command("compare").description("compare two results of the same players: ranks, signs, largest differences"),
  ).action(async (a: string, b: string, flags: DocumentFlags) => done(await compareCommand(a, b, flags, context)));
}

function addAlign(program: Command, context: Context, done: (code: number) => void): void {
  const command = alignOptions(
    program.command("align").description("find where each word of a transcript is said: times, subtitles, a picture"),
  );
  addManners(command);
  command
    .optionsGroup("Permissions:")
    .option("--allow-download", "a model that is not cached may be downloaded")
    .option("--offline", "use cached models only");
  command.action(async (audio: string, flags: AlignFlags) => done(await alignCommand(audio, flags, context)));
}

function addManners(command: Command): void {
  command
    .optionsGroup("Messages (on stderr):")
    .option("-q, --quiet", "errors only")
    .option("-v, --verbose", "also plans, fallbacks and what was found")
    .option("--debug", "stacks of errors");
}

function addPermissions(command: Command): void {
  command
    .optionsGroup("Permissions:")
    .option("--allow-outside", "audio files and models may lie outside the spec's folder")
    .option("--allow-download", "a model that is not cached may be downloaded (asked for on a terminal)")
    .option("--offline", "use cached models only");
}

function addPayoffCommand(command: Command): void {
  command
    .optionsGroup("Payoff of your own:")
    .option("--payoff-command <command>", 'score answers by a program: "python3 score.py" or a JSON list; no shell reads it')
    .option("--payoff-timeout <seconds>", `what one call of that program may take (default: ${PAYOFF_TIMEOUT_S})`);
}

function listOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((value, before: string[] = []) => [...before, value]);
}

/** `  name  what it is`, one a line. */
function listing(title: string, rows: Readonly<Record<string, { readonly summary: string }>>): string {
  const width = maxOf(Object.keys(rows).map((name) => name.length));
  return `\n${title}:\n${Object.entries(rows)
    .map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`)
    .join("\n")}\n`;
}

const MAIN_EXAMPLES = `
Examples:
  mllm-shap explain conv.yaml                         a heat map on a terminal, JSON in a pipe
  mllm-shap explain conv.yaml -o conv.json -o conv.csv
  mllm-shap inspect conv.yaml                         tokens, players and cost, without explaining
  mllm-shap schema > spec.schema.json                 for your editor

Exit codes: 0 done, 1 the run failed, 2 wrong usage or spec, 130 Ctrl-C, 143 terminated.`;

const EXPLAIN_EXAMPLES = `
Examples:
  mllm-shap explain conv.yaml --players word --sampler exact
  mllm-shap explain conv.yaml --budget 4096 --tolerance 5% -o conv.json
  mllm-shap explain *.yaml --format csv -q > all.csv
  mllm-shap explain conv.yaml --set messages.0.content="turn on the light"
  mllm-shap explain base.yaml --set prompt="The capital of France is" --set answer=" Paris"
  cat chat.json | mllm-shap explain - --repo ./my-model`;
