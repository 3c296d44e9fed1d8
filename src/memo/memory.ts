import type { ModelResponse } from "../chat/model_response.js";

/** Remembers by key what was asked before. Answers may come at once (in memory) or later (from disk). */
export interface Memo<T> {
  get(key: string): T | undefined | Promise<T | undefined>;
  set(key: string, value: T): void | Promise<void>;
}

/** What a model was asked: answers it gave, and log-probabilities of every step of a given answer. Never payoffs. */
export interface ModelMemo {
  readonly responses: Memo<ModelResponse>;
  readonly scores: Memo<Float64Array>;
}

/** Kept as long as the process lives. */
export function memoryMemo(): ModelMemo {
  return { responses: mapMemo(), scores: mapMemo() };
}

/** Remembers nothing beyond one call: `run.cache: false`. */
export function noMemo(): ModelMemo {
  const forget = { get: () => undefined, set: () => undefined };
  return { responses: forget, scores: forget };
}

/** A new memo that knows nothing and tells another what it learns. */
export function learning(other: ModelMemo): ModelMemo {
  return { responses: telling(other.responses), scores: telling(other.scores) };
}

function telling<T>(other: Memo<T>): Memo<T> {
  const own = mapMemo<T>();
  return {
    get: own.get,
    set: async (key, value) => {
      await own.set(key, value);
      await other.set(key, value);
    },
  };
}

function mapMemo<T>(): Memo<T> {
  const values = new Map<string, T>();
  return {
    get: (key) => values.get(key),
    set: (key, value) => {
      values.set(key, value);
    },
  };
}
