import { type Command, Option } from "commander";
import { SERVER_PATIENCE_S, SERVER_TIMEOUT_S } from "../connectors/openai_compatible/access.js";
import { SERVER_KINDS } from "../connectors/openai_compatible/kinds.js";
import { PAYOFF_TIMEOUT_S } from "./policy.js";

/** An option that may stand several times. */
export function listOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((value, before: string[] = []) => [...before, value]);
}

export const jsonOption = (): Option => new Option("--json", "as JSON (the default where stdout is no terminal)");

/** `-o` and `--format` of commands that give reports. */
export function addDocumentOptions(command: Command, formats: readonly string[]): void {
  command
    .option("-o, --output <file>", "write to a file: text where it ends in .txt, JSON otherwise")
    .addOption(new Option("--format <name>", "default: text on a terminal, json otherwise").choices(formats));
}

export function addVerbosity(command: Command): void {
  command
    .optionsGroup("Messages (on stderr):")
    .option("-q, --quiet", "errors only")
    .option("-v, --verbose", "also plans, fallbacks and what was found")
    .option("--debug", "stacks of errors");
}

export function addPermissions(command: Command): void {
  command
    .optionsGroup("Permissions:")
    .option("--allow-outside", "audio files and models may lie outside the spec's folder")
    .option("--allow-download", "a model that is not cached may be downloaded (asked for on a terminal)")
    .option("--offline", "use cached models only");
}

/** Where models behind a server are asked. */
export function addServer(command: Command): void {
  command
    .optionsGroup("Server (of models of connector openai-compatible; no spec can name it):")
    .option(
      "--server <address>",
      "such as http://localhost:8000, or a name in your settings file (default: MLLM_SHAP_SERVER, then OPENAI_BASE_URL)",
    )
    .addOption(new Option("--server-kind <name>", "what it is, where its list of models does not tell").choices(Object.keys(SERVER_KINDS)))
    .option("--server-timeout <seconds>", `what one request may take (default: ${SERVER_TIMEOUT_S})`)
    .option("--server-patience <seconds>", `how long a server that is gone or busy is waited for (default: ${SERVER_PATIENCE_S})`)
    .option("--allow-insecure-key", "send the key (MLLM_SHAP_API_KEY) over http to another machine");
}

/** What asking a server may cost. */
export function addCost(command: Command): void {
  command
    .addOption(tokenPriceOption())
    .option(
      "--max-cost <amount>",
      "stop before anything is sent where the estimated price is higher (default: MLLM_SHAP_MAX_COST, else max_cost of the settings file)",
    )
    .option("--yes", "go on whatever it costs");
}

export function tokenPriceOption(): Option {
  return new Option(
    "--token-price <in,out>",
    "price of a million tokens sent to a server, and of its answers: 0.15,0.6 (default: MLLM_SHAP_TOKEN_PRICE, else token_price of the named server)",
  );
}

export function addPayoffCommand(command: Command): void {
  command
    .optionsGroup("Payoff of your own:")
    .option("--payoff-command <command>", 'score answers by a program: "python3 score.py" or a JSON list; no shell reads it')
    .option("--payoff-timeout <seconds>", `what one call of that program may take (default: ${PAYOFF_TIMEOUT_S})`);
}
