// Writes the man page that the package brings along (man/mllm-shap.1), made of the same commands, options and topics as --help. Run by scripts/build.mjs, on what it built.
import { mkdirSync, writeFileSync } from "node:fs";
import { Command } from "commander";
import { declare } from "../dist/cli/command.js";
import { COMMANDS } from "../dist/cli/commands.js";
import { VARIABLES } from "../dist/cli/topics/environment.js";
import { TOPICS } from "../dist/cli/topics/registry.js";
import { VERSION } from "../dist/package.js";

/** Text as roff means it: backslashes and hyphens escaped, no line that begins with a request. */
const text = (plain) =>
  plain
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll(/^([.'])/gm, "\\&$1")
    // Older readers know ASCII alone.
    .replaceAll(/[^\0-\x7f]/gu, (letter) => `\\[u${letter.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}]`);
const bold = (plain) => `\\fB${text(plain)}\\fR`;
const oneLine = (plain) => plain.replaceAll(/\s+/g, " ").trim();
const tagged = (term, meaning) => `.TP\n${bold(term)}\n${text(oneLine(meaning))}\n`;
const asItIs = (plain) => `.nf\n${text(plain.trimEnd())}\n.fi\n`;

function optionText({ flags, description, argChoices, defaultValue }) {
  const notes = [
    ...(argChoices === undefined ? [] : [`one of ${argChoices.join(", ")}`]),
    ...(defaultValue === undefined || typeof defaultValue === "boolean" ? [] : [`default ${defaultValue}`]),
  ];
  return tagged(flags, notes.length === 0 ? description : `${description} (${notes.join("; ")})`);
}

async function commandText(definition, before = "mllm-shap") {
  const { name, summary, usage, commands = [] } = definition;
  const command = new Command(name);
  // Options are declared for a terminal of no one in particular.
  await declare(command, definition, { env: {}, cwd: "/", terminal: { columns: 80 } });
  const full = `${before} ${name}`;
  let page = `.SS ${bold([full, "[options]", ...(usage === undefined ? [] : [usage])].join(" "))}\n${text(oneLine(summary))}.\n`;
  let group = null;
  for (const option of command.options) {
    const heading = option.helpGroupHeading ?? null;
    if (heading !== group && heading !== null) page += `.P\n\\fI${text(heading)}\\fR\n`;
    group = heading;
    page += optionText(option);
  }
  for (const below of commands) page += await commandText(below, full);
  return page;
}

/** A topic, but for the environment, which has a section of its own and names this machine's folders. */
async function topicText(topic) {
  return `.SS ${text(topic.name)}\n${text(topic.summary)}.\n.P\n${asItIs(await topic.text())}`;
}

let page = `.TH MLLM\\-SHAP 1 "" "mllm\\-shap ${text(VERSION)}" "User Commands"
.SH NAME
mllm\\-shap \\- explain what a text + audio language model answered, with Shapley values
.SH SYNOPSIS
.B mllm\\-shap
.I command
[options] [file...]
.br
.B mllm\\-shap
.I command
.B \\-h
| \\fB\\-\\-help\\fR
.SH COMMANDS
`;
for (const definition of COMMANDS) page += await commandText(definition);
page += ".SH ENVIRONMENT\n";
for (const [name, meaning] of VARIABLES) page += tagged(name, meaning);
page += `.SH FILES\n${tagged("~/.config/mllm-shap/config.yaml", "a model, trusted folders and servers by name; XDG_CONFIG_HOME moves it, doctor shows it")}`;
page += ".SH TOPICS\n";
for (const topic of TOPICS.filter(({ name }) => name !== "environment")) page += await topicText(topic);

const folder = new URL("../man/", import.meta.url);
mkdirSync(folder, { recursive: true });
writeFileSync(new URL("mllm-shap.1", folder), page);
