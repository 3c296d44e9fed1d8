import { AUDIO_MASK_NAMES } from "../audio/masks/registry.js";
import { ConnectorError } from "../errors.js";
import type { Device } from "../repos/resources.js";
import { TextMaskingSchema, textMasks } from "../text/masks/registry.js";
import type { Tokenizer } from "../text/tokenizer.js";
import { inWords, requireFunction, requireIds, requireObject } from "./arguments.js";
import { SystemRolesSetup } from "./enums.js";
import type { ChatOptions } from "./types.js";

const DEVICES: readonly unknown[] = ["auto", "cpu", "cuda", "webgpu"] satisfies readonly Device[];
const { NONE, SYSTEM, SYSTEM_ASSISTANT } = SystemRolesSetup;
const SETUPS: readonly unknown[] = [NONE, SYSTEM, SYSTEM_ASSISTANT];

/** @throws ConnectorError where an option is of no use: called for every chat, so that a typing error is not a default in silence. */
export function checkChatOptions(options: ChatOptions & { readonly getNewChatCallable?: unknown }): void {
  requireObject(options, "the options of a chat");
  oneOf(options.device, DEVICES, "device");
  oneOf(options.audioMasking, AUDIO_MASK_NAMES, "audioMasking");
  if (options.textMasking !== undefined && !TextMaskingSchema.safeParse(options.textMasking).success) {
    throw new ConnectorError(`textMasking is none: valid are ${textMasks.map(({ name }) => name).join(", ")}, with their options`);
  }
  oneOf(options.systemRolesSetup, SETUPS, "systemRolesSetup");
  if (options.getNewChatCallable !== undefined) requireFunction(options.getNewChatCallable, "getNewChatCallable");
  if (options.onEvent !== undefined) requireFunction(options.onEvent, "onEvent");
  if (options.tokenFilter !== undefined) {
    requireObject(options.tokenFilter, "tokenFilter");
    if (!(options.tokenFilter.phrasesToExclude instanceof Set)) throw new ConnectorError("tokenFilter must be a TokenFilter");
  }
  const sequences: unknown = options.emptyTurnSequences;
  if (sequences !== undefined && !Array.isArray(sequences) && !(sequences instanceof Set)) {
    throw new ConnectorError(`emptyTurnSequences must be an array or set of texts or token ids, not ${inWords(sequences)}`);
  }
  for (const sequence of options.emptyTurnSequences ?? []) checkSequence(sequence);
}

/** Texts are tokenised each on its own. */
export function sequencesOf(given: ChatOptions["emptyTurnSequences"], tokenizer: Tokenizer): readonly Int32Array[] {
  return [...(given ?? [])].map((one) => (typeof one === "string" ? tokenizer.encode(one) : Int32Array.from(one)));
}

function checkSequence(sequence: unknown): void {
  if (typeof sequence === "string") {
    if (sequence === "") throw new ConnectorError("a sequence of emptyTurnSequences must not be empty");
    return;
  }
  if (requireIds(sequence, "a sequence of emptyTurnSequences").length === 0) {
    throw new ConnectorError("a sequence of emptyTurnSequences must not be empty");
  }
}

function oneOf(value: unknown, valid: readonly unknown[], what: string): void {
  if (value === undefined || valid.includes(value)) return;
  throw new ConnectorError(`${what} is ${inWords(value)}: valid are ${valid.join(", ")}`);
}
