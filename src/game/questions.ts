import { completeModelConfig, type ModelConfig } from "../chat/model_config.js";
import type { ModelResponse } from "../chat/model_response.js";
import type { Chat } from "../chat/types.js";
import type { GenerateBatchOptions, GenerateOptions, Model } from "../connectors/types.js";
import { ExplainError } from "../errors.js";
import type { RunOptions } from "../events.js";
import type { Memo, ModelMemo } from "../memo/memory.js";
import type { ModelIdentity } from "../repos/resources.js";
import type { ServerIdentity } from "../repos/server_identity.js";
import { sha256 } from "../util/sha256.js";

/** The model, how it answers, and what is remembered of it. */
export interface Asked {
  readonly model: Model;
  readonly generate: Required<Pick<GenerateOptions, "maxNewTokens" | "modelConfig" | "seed">>;
  readonly memo: ModelMemo;
  /** Leading tokens that every chat of the game keeps, which the model is then fed once. */
  readonly sharedPrefix?: number | undefined;
  /** Tokens after these up to which chats that start alike are fed together. */
  readonly branch?: number | undefined;
  /** Whatever else changes answers and is in neither the model's identity nor the chat, such as the history mode. @default "" */
  readonly salt?: string;
}

/** One thing that a model can be asked of a chat. */
export interface Question<T> {
  readonly memo: Memo<T>;
  /** Equal iff the answer is. */
  key(chat: Chat): string;
  /** In order; `onResult` as soon as each is known. */
  ask(chats: readonly Chat[], run: RunOptions & { readonly onResult: (index: number, value: T) => void }): Promise<readonly T[]>;
}

/** What does the model answer? Equal answers to different chats are one object. */
export function responseQuestion({ model, generate, memo, salt, sharedPrefix, branch }: Asked): Question<ModelResponse> {
  const prefix = digest("response", identityKey(model.identity), settingsKey(generate), salt ?? "");
  const shared = new Map<string, ModelResponse>();
  const met = new WeakMap<ModelResponse, ModelResponse>();
  const share = (response: ModelResponse): ModelResponse => {
    const before = met.get(response);
    if (before !== undefined) return before;
    const key = responseKey(response);
    const kept = shared.get(key) ?? (response.chat === null ? response : { ...response, chat: null });
    shared.set(key, kept);
    met.set(response, kept);
    return kept;
  };
  const shareNew = (response: ModelResponse | undefined): ModelResponse | undefined =>
    response === undefined ? undefined : share(response);
  return {
    memo: {
      get: (key) => {
        const found = memo.responses.get(key);
        return found instanceof Promise ? found.then(shareNew) : shareNew(found);
      },
      set: (key, value) => memo.responses.set(key, value),
    },
    key: (chat) => `${prefix}:${chat.fingerprint}`,
    async ask(chats, { onResult, ...run }) {
      const options: GenerateBatchOptions = {
        ...generate,
        ...run,
        sharedPrefix,
        branch,
        keepHistory: false,
        onResult: (i, response) => onResult(i, share(response)),
      };
      return (await model.generateBatch(chats, options)).map(share);
    },
  };
}

/** How probable is every step of the answer that is explained? */
export function scoreQuestion({ model, memo, salt, sharedPrefix, branch }: Asked, target: ModelResponse): Question<Float64Array> {
  const prefix = digest("score", identityKey(model.identity), responseKey(target), salt ?? "", cutKey(sharedPrefix, branch));
  return {
    memo: stepsMemo(memo, target),
    key: (chat) => `${prefix}:${chat.fingerprint}`,
    async ask(chats, { onResult, ...run }) {
      return await model.score(chats, target, { ...run, sharedPrefix, branch, onResult: (i, steps) => onResult(i, checkSteps(steps)) });
    },
  };
}

/** How far is the next token's law, before every step of the answer, from that of the whole conversation? Minus as far. */
export function divergenceQuestion(
  { model, memo, salt, sharedPrefix, branch }: Asked,
  target: ModelResponse,
  reference: Chat,
): Question<Float64Array> {
  const prefix = digest(
    "divergence",
    identityKey(model.identity),
    responseKey(target),
    reference.fingerprint,
    salt ?? "",
    cutKey(sharedPrefix, branch),
  );
  return {
    memo: stepsMemo(memo, target),
    key: (chat) => `${prefix}:${chat.fingerprint}`,
    async ask(chats, { onResult, ...run }) {
      if (model.diverge === undefined) throw new ExplainError(`${model.identity.connector} gives no laws of next tokens`);
      const told = {
        ...run,
        sharedPrefix,
        branch,
        reference,
        onResult: (i: number, steps: Float64Array) => onResult(i, checkSteps(steps)),
      };
      return await model.diverge(chats, target, told);
    },
  };
}

/** Where chats are cut to be fed moves the last bits of their numbers. */
function cutKey(sharedPrefix: number | undefined, branch: number | undefined): string {
  return `${sharedPrefix ?? ""}+${branch ?? ""}`;
}

/** What lies on a disk may be anybody's: numbers of another answer's length are none of this one. */
function stepsMemo({ scores }: ModelMemo, { generatedModalityFlag: { length } }: ModelResponse): Memo<Float64Array> {
  const ofTarget = (found: Float64Array | undefined) => (found?.length === length ? found : undefined);
  return {
    get: (key) => {
      const found = scores.get(key);
      return found instanceof Promise ? found.then(ofTarget) : ofTarget(found);
    },
    set: (key, value) => scores.set(key, value),
  };
}

/** @throws ExplainError where an answer has no step, or a step no probability. */
export function checkSteps(steps: Float64Array): Float64Array {
  if (steps.length === 0) throw new ExplainError("the answer to explain is empty: it has no step whose likelihood could be measured");
  const bad = steps.findIndex((step) => Number.isNaN(step));
  if (bad >= 0) throw new ExplainError(`the model gave no log-probability (NaN) for step ${bad} of the answer`);
  return steps;
}

/** Equal iff the answers are: what was emitted, in order, and why it ended. */
export function responseKey(response: ModelResponse): string {
  const { frames, codebooks, codes } = response.generatedAudioTokens;
  const text = response.generatedTextTokens.join(",");
  const flags = frames === 0 ? "" : response.generatedModalityFlag.join(",");
  return digest(text, flags, `${frames}×${codebooks}`, codes.join(","), response.finishReason, response.text);
}

function identityKey({ connector, repo, resolvedRevision, dtype, sha256, provider, server }: ModelIdentity): string {
  const files = Object.entries(sha256).sort(([a], [b]) => (a < b ? -1 : 1));
  // Files known by content are the same wherever they lie.
  const place = files.length === 0 ? [repo, resolvedRevision] : [];
  return JSON.stringify([connector, dtype, provider, files, place, ...(server === undefined ? [] : [servedKey(repo, server)])]);
}

/** Weights that can be measured are known by that, wherever the server is (`recognised`). */
function servedKey(repo: string, { kind, mode, version, origin, probe }: ServerIdentity): readonly unknown[] {
  return [repo, kind, mode, probe.length > 0 ? null : [version, origin]];
}

/** A greedy answer does not depend on the seed. */
function settingsKey({ maxNewTokens, modelConfig, seed }: Asked["generate"]): string {
  const config = completeModelConfig(modelConfig);
  const { textTemperature, textTopK, audioTemperature, audioTopK } = config;
  return JSON.stringify([maxNewTokens, textTemperature, textTopK, audioTemperature, audioTopK, isGreedy(config) ? null : seed]);
}

function isGreedy({ textTemperature, textTopK, audioTemperature, audioTopK }: ModelConfig): boolean {
  const greedy = (temperature: number | null, topK: number | null): boolean => temperature === null || temperature <= 0 || topK === 1;
  return greedy(textTemperature, textTopK) && greedy(audioTemperature, audioTopK);
}

/** Parts are length-prefixed, so that no two lists of parts run together. */
function digest(...parts: readonly string[]): string {
  return sha256(parts.map((part) => `${part.length}:${part}`).join(""));
}
