import { readdir, realpath } from "node:fs/promises";
import { join } from "node:path";
import { ConnectorError } from "../errors.js";
import { readWhole } from "../repos/door.js";
import { readJsonObject, readText } from "../repos/read_files.js";

/** Which template a conversation is written with, where it is not the model's default one. */
export type TemplateChoice =
  /** Absolute path of a Jinja file. */
  | { readonly file: string }
  /** One of the model's own, such as tool_use. */
  | { readonly name: string };

/** The parts of tokenizer_config.json that say how chats are written. */
export interface TokenizerConfigJson {
  readonly chat_template?: string | readonly NamedTemplate[] | null;
  readonly [key: string]: unknown;
}

interface NamedTemplate {
  readonly name: string;
  readonly template: string;
}

/** Name → Jinja source; the usual one is called "default". */
type Templates = ReadonlyMap<string, string>;

/** A template's Jinja source, or why none can be chosen: that matters to messages only, not to a prompt. */
export type FoundTemplate = { readonly source: string } | { readonly problem: string };

/**
 * The chat template of a model's folder, or the chosen one; null where there is none. As in transformers, chat_template.jinja and
 * additional_chat_templates/*.jinja go before those in tokenizer_config.json; chat_template.json, which older processors have, is
 * the last.
 * @param tools whether the conversation comes with tools, for which a model may have a template of its own (tool_use).
 * @throws ConnectorError where a file cannot be read, or the chosen name is not there.
 */
export async function findTemplate(
  folder: string,
  config: TokenizerConfigJson,
  choice: TemplateChoice | null,
  tools: boolean,
): Promise<FoundTemplate | null> {
  if (choice !== null && "file" in choice) return { source: await readChosen(choice.file) };
  const templates = await ownTemplates(folder, config);
  if (choice !== null) {
    const source = templates.get(choice.name);
    if (source === undefined) throw new ConnectorError(`the model has no chat template named "${choice.name}": ${namesOf(templates)}`);
    return { source };
  }
  if (templates.size === 0) return null;
  const name = tools && templates.has("tool_use") ? "tool_use" : "default";
  const source = templates.get(name);
  if (source === undefined) {
    const problem = `the model has several chat templates and none is its default: choose one with model.template, as in {name: ${[...templates.keys()][0]}} (${namesOf(templates)})`;
    return { problem };
  }
  return { source };
}

function namesOf(templates: Templates): string {
  return templates.size === 0 ? "it has none at all" : `valid: ${[...templates.keys()].sort().join(", ")}`;
}

/** Bytes of a template. */
const LARGEST = 2 ** 20;

/** Whoever runs the spec, or its folder, answers for where it lies. */
async function readChosen(path: string): Promise<string> {
  try {
    return (await readWhole(await realpath(path), { maxBytes: LARGEST })).toString("utf8");
  } catch (cause) {
    if (cause instanceof ConnectorError) throw cause;
    throw new ConnectorError(`the chat template ${path} cannot be read`, { cause });
  }
}

async function ownTemplates(folder: string, config: TokenizerConfigJson): Promise<Templates> {
  const files = await templateFiles(folder);
  if (files.size > 0) return files;
  const configured = templatesOf(config.chat_template ?? null, "tokenizer_config.json");
  if (configured.size > 0) return configured;
  const processor: TokenizerConfigJson | null = await readJsonObject(folder, "chat_template.json");
  return templatesOf(processor?.chat_template ?? null, "chat_template.json");
}

async function templateFiles(folder: string): Promise<Templates> {
  const templates = new Map<string, string>();
  const usual = await readText(folder, "chat_template.jinja");
  if (usual !== null) templates.set("default", usual);
  for (const file of (await filesIn(join(folder, ADDITIONAL))).sort()) {
    if (!file.endsWith(".jinja")) continue;
    const source = await readText(folder, join(ADDITIONAL, file));
    if (source !== null) templates.set(file.slice(0, -".jinja".length), source);
  }
  return templates;
}

const ADDITIONAL = "additional_chat_templates";

async function filesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return [];
    throw new ConnectorError(`${folder} cannot be read`, { cause });
  }
}

function templatesOf(given: TokenizerConfigJson["chat_template"], file: string): Templates {
  if (given === null || given === undefined) return new Map();
  if (typeof given === "string") return new Map([["default", given]]);
  const wrong =
    !Array.isArray(given) ||
    given.some((one: Partial<NamedTemplate> | null) => typeof one?.name !== "string" || typeof one.template !== "string");
  if (wrong) throw new ConnectorError(`${file}: chat_template is neither a text nor a list of {name, template}`);
  return new Map(given.map(({ name, template }) => [name, template]));
}
