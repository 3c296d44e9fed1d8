import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { Command } from "commander";
import { SpecError } from "../errors.js";
import { type LoadSpecOptions, loadSpec, requestOf, STRICT } from "../spec/load.js";
import type { Override } from "../spec/overrides.js";
import type { Path } from "../spec/parse.js";
import { partsIn, type SpecPart, TooManyPartsError } from "../spec/parts.js";
import type { ExplainRequest } from "../spec/request.js";
import type { SpecInput } from "../spec/schema.js";
import { listOption } from "./options.js";
import { userSettings } from "./user_settings.js";

/** A conversation of one turn, typed instead of written to a file. */
export interface TypedFlags {
  readonly text?: string;
  readonly audio?: readonly string[];
  readonly transcript?: string;
  readonly prompt?: string;
  readonly answer?: string;
  readonly model?: string;
}

/** The embedded model knows some hundred words of a toy language. */
export const TOY = "embedded:nano";

const TOY_NOTE = `${TOY}, taken as no model is named, knows some hundred words of a toy language; --model names another`;

export function addTypedSpec(command: Command): void {
  command
    .optionsGroup("A conversation without a file:")
    .option("--text <text>", "what the user says")
    .addOption(listOption("--audio <file>", "what the user says, as sound (repeatable; after --text)"))
    .option("--transcript <text>", "what is said in the sound, so that its words are players")
    .option("--prompt <text>", "a prompt as it is, for a model without a chat template")
    .option("--answer <text>", "the answer to explain (default: the model's own)")
    .option("--model <repo>", `a folder, a hub id or ${TOY} (default: MLLM_SHAP_MODEL, else model in the settings file, else ${TOY})`);
}

/**
 * @returns null where no conversation is typed.
 * @throws SpecError where what is typed does not go together.
 */
export function typedSpec(flags: TypedFlags, env: NodeJS.ProcessEnv): SpecInput | null {
  const { text, audio = [], transcript, prompt, answer } = flags;
  if (text === undefined && audio.length === 0 && prompt === undefined) {
    const stray = answer !== undefined ? "--answer" : transcript !== undefined ? "--transcript" : null;
    if (stray !== null) throw new SpecError(`${stray} needs --text, --audio or --prompt`);
    return null;
  }
  const model = { connector: "auto" as const, repo: flags.model ?? userSettings(env).model ?? TOY };
  if (prompt !== undefined) {
    if (text !== undefined || audio.length > 0) throw new SpecError("--prompt goes without --text and --audio: it is fed as it is");
    return { version: 1, model, explain: { players: "word" }, prompt, ...(answer === undefined ? {} : { answer }) };
  }
  if (transcript !== undefined && audio.length !== 1) throw new SpecError("--transcript needs one --audio");
  const content = [
    ...(text === undefined ? [] : [{ type: "text" as const, text }]),
    ...audio.map((path) => ({ type: "audio" as const, path, ...(transcript === undefined ? {} : { transcript }) })),
  ];
  const given = answer === undefined ? [] : [{ role: "assistant" as const, content: answer }];
  const players = { text: "word" as const, audio: transcript === undefined ? ("segment" as const) : ("word" as const) };
  return { version: 1, model, explain: { players }, messages: [{ role: "user", content }, ...given] };
}

/** The flag that a value of a typed spec came by. */
function flagOf([top, turn, _, part, key]: Path, { text, model }: TypedFlags): string | undefined {
  if (top === "model") return model === undefined ? undefined : "--model";
  if (top === "prompt" || top === "answer") return `--${top}`;
  if (top !== "messages") return undefined;
  if (turn !== 0) return "--answer";
  if (part === 0 && text !== undefined) return "--text";
  return key === "transcript" ? "--transcript" : "--audio";
}

/** One conversation of a file, which was read. */
export interface FilePart {
  readonly path: string;
  readonly part: SpecPart;
}

/** A spec by its path, one that was read, or a conversation that was typed. */
export type SpecSource = string | FilePart | SpecInput;

const isPart = (source: FilePart | SpecInput): source is FilePart => "part" in source;

/** The file that a conversation is of; null where it was typed. */
export function fileOf(source: SpecSource): string | null {
  return typeof source === "string" ? source : isPart(source) ? source.path : null;
}

/** How a conversation is called. */
export function nameOf(source: SpecSource): string {
  if (typeof source === "string") return source;
  return isPart(source) ? source.part.name : "the conversation typed here";
}

/** Files as each of the conversations that they hold, read once. What cannot be read, or is no file, is left for whoever loads it. */
export async function eachOf(sources: readonly SpecSource[], cwd: string): Promise<readonly SpecSource[]> {
  const all: SpecSource[] = [];
  for (const source of sources) {
    const parts = typeof source === "string" && source !== "-" ? await partsOfFile(source, cwd) : [];
    if (parts.length === 0) all.push(source);
    for (const part of parts) all.push({ path: source as string, part });
  }
  return all;
}

async function partsOfFile(path: string, cwd: string): Promise<readonly SpecPart[]> {
  // What a pipe holds is one spec.
  const stats = await stat(resolve(cwd, path)).catch(() => null);
  if (stats?.isFile() !== true) return [];
  try {
    return await partsIn(path, cwd);
  } catch (error) {
    if (error instanceof TooManyPartsError || !(error instanceof SpecError)) throw error;
    return [];
  }
}

/**
 * What a command is to look at: the specs that it was given, or what was typed.
 * @throws SpecError where there is neither, or both.
 */
export function sourcesOf(paths: readonly string[], flags: TypedFlags, env: NodeJS.ProcessEnv): readonly SpecSource[] {
  const typed = typedSpec(flags, env);
  if (typed !== null && paths.length > 0) throw new SpecError(`${paths[0]}: a spec goes without --text, --audio and --prompt`);
  if (typed === null && paths.length === 0) {
    throw new SpecError('nothing to look at: give a spec, or type a conversation (--text "…"; mllm-shap init writes an example)');
  }
  return typed === null ? paths : [typed];
}

/** @throws SpecError as `loadSpec` does. */
export async function requestFrom(
  source: SpecSource,
  flags: TypedFlags,
  env: NodeJS.ProcessEnv,
  options: LoadSpecOptions,
): Promise<ExplainRequest> {
  const { overrides = [], policy = STRICT, cwd } = options;
  // Whoever types a path may go where they like.
  if (typeof source !== "string" && !isPart(source)) {
    const called = (path: Path) => flagOf(path, flags);
    const request = await requestOf(source, cwd, { overrides, cwd, policy: { ...policy, allowOutside: true }, called });
    const named = flags.model ?? userSettings(env).model ?? overrides.find(({ path }) => path.join(".") === "model.repo");
    return named !== undefined ? request : { ...request, notes: [...request.notes, TOY_NOTE] };
  }
  const { model } = flags;
  const chosen: readonly Override[] = model === undefined ? [] : [{ path: ["model", "repo"], value: model, label: "--model" }];
  const [path, part] = typeof source === "string" ? [source, undefined] : [source.path, source.part];
  return await loadSpec(path, { ...options, part, overrides: [...overrides, ...chosen], model: userSettings(env).model });
}
