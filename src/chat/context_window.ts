import { ContextError } from "../errors.js";
import { type JsonObject, readJsonObject } from "../repos/read_files.js";

/** Positions that a prompt takes of those that its model has. */
export interface ContextUse {
  readonly used: number;
  /** A prompt and its answer together have no more. */
  readonly window: number;
}

/** Names of the number of positions, the usual one first: Llama and its like, GPT-2, CTRL, MPT, BLOOM. */
const POSITIONS = ["max_position_embeddings", "n_positions", "n_ctx", "max_seq_len", "max_sequence_length", "seq_length"] as const;

type Json = JsonObject;

/**
 * Positions of a model as its configuration states them, scaled rotary embeddings included; a sliding window is no limit.
 * `genai_config.json` speaks where `config.json` does not.
 * @param parts keys of `config.json` that hold the language model's own configuration.
 * @returns null where nothing is stated.
 */
export async function readContextWindow(folder: string, parts: readonly string[] = ["text_config"]): Promise<number | null> {
  const config = await readObject(folder, "config.json");
  const genai = objectOf((await readObject(folder, "genai_config.json")).model);
  return statedPositions([config, ...parts.map((part) => objectOf(config[part]))], genai);
}

/** @param configs the first that states a number counts. @param genai the `model` block of genai_config.json. */
export function statedPositions(configs: readonly Json[], genai: Json): number | null {
  const stated = [...configs.flatMap((one) => POSITIONS.map((key) => one[key])), genai.context_length];
  return stated.find((value): value is number => Number.isInteger(value) && (value as number) > 0) ?? null;
}

/**
 * Positions that are left for an answer; Infinity where the model does not state how many it has.
 * @param needed positions that must be left.
 * @throws ContextError with what is used and what there is.
 */
export function answerRoom(use: ContextUse | null, needed = 1): number {
  if (use === null) return Infinity;
  const { used, window } = use;
  const room = window - used;
  if (room >= needed) return room;
  if (used > window) throw new ContextError(`the conversation takes ${used} tokens, but the model's context window is ${window}`);
  const answer = needed === 1 ? "no room for an answer" : `no room for the answer of ${needed}`;
  throw new ContextError(`the conversation takes ${used} of the ${window} tokens of the model's context window: ${answer}`);
}

function objectOf(value: unknown): Json {
  return typeof value === "object" && value !== null ? (value as Json) : {};
}

/** Unreadable files are another's to complain of. */
async function readObject(folder: string, name: string): Promise<Json> {
  return (await readJsonObject(folder, name).catch(() => null)) ?? {};
}
