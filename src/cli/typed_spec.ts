import type { Command } from "commander";
import { SpecError } from "../errors.js";
import { type LoadSpecOptions, loadSpec, requestOf, STRICT } from "../spec/load.js";
import type { Override } from "../spec/overrides.js";
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

/** A spec by its path, or a conversation that was typed. */
export type SpecSource = string | SpecInput;

/** How a conversation that was typed is called. */
export const nameOf = (source: SpecSource): string => (typeof source === "string" ? source : "the conversation typed here");

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
  if (typeof source !== "string") return await requestOf(source, cwd, { overrides, cwd, policy: { ...policy, allowOutside: true } });
  const { model } = flags;
  const chosen: readonly Override[] = model === undefined ? [] : [{ path: ["model", "repo"], value: model, label: "--model" }];
  return await loadSpec(source, { ...options, overrides: [...overrides, ...chosen], model: userSettings(env).model });
}
