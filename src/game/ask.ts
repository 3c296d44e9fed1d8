import type { ModelResponse } from "../chat/model_response.js";
import type { Chat } from "../chat/types.js";
import type { RunOptions } from "../events.js";
import type { Question } from "./questions.js";

/** Asks each different chat once. */
export interface Asker<T> {
  /** Answers in order of `chats`. `onKnown` is told how many more of them are known now. */
  ask(chats: readonly Chat[], run: RunOptions, onKnown?: (chats: number) => void): Promise<readonly T[]>;
  readonly counts: {
    /** Different inputs so far. */
    readonly distinct: number;
    /** Those that the memo knew. */
    readonly memoHits: number;
  };
}

export function createAsker<T>(question: Question<T>): Asker<T> {
  const known = new Map<string, T>();
  let memoHits = 0;
  return {
    get counts() {
      return { distinct: known.size, memoHits };
    },
    async ask(chats, run, onKnown = () => undefined) {
      const keys = chats.map((chat) => question.key(chat));
      const waiting = new Map<string, number>();
      const missing: { readonly key: string; readonly chat: Chat }[] = [];
      let ready = 0;
      for (const [i, key] of keys.entries()) {
        const waiters = waiting.get(key);
        if (waiters !== undefined) waiting.set(key, waiters + 1);
        else if (known.has(key)) ready++;
        else {
          const found = question.memo.get(key);
          // Waiting for what is there already costs as much as looking it up.
          const remembered = found instanceof Promise ? await found : found;
          if (remembered === undefined) {
            waiting.set(key, 1);
            missing.push({ key, chat: chats[i] as Chat });
          } else {
            memoHits++;
            ready++;
            known.set(key, remembered);
          }
        }
      }
      onKnown(ready);
      await askMissing(question, missing, run, (key, value) => {
        known.set(key, value);
        onKnown(waiting.get(key) ?? 0);
      });
      return keys.map((key) => known.get(key) as T);
    },
  };
}

/** Two questions of the same chats: their answers one behind the other. */
export function bothAskers(first: Asker<Float64Array>, second: Asker<Float64Array>): Asker<Float64Array> {
  return {
    get counts() {
      return { distinct: first.counts.distinct, memoHits: Math.min(first.counts.memoHits, second.counts.memoHits) };
    },
    async ask(chats, run, onKnown) {
      const [ours, theirs] = [await first.ask(chats, run), await second.ask(chats, run, onKnown)];
      return ours.map((scores, i) => joined(scores, theirs[i] as Float64Array));
    },
  };
}

function joined(a: Float64Array, b: Float64Array): Float64Array {
  const both = new Float64Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** All in one call, which the connector batches; each answer is remembered as it comes, so that an interruption loses none. */
async function askMissing<T>(
  question: Question<T>,
  missing: readonly { readonly key: string; readonly chat: Chat }[],
  run: RunOptions,
  onValue: (key: string, value: T) => void,
): Promise<void> {
  if (missing.length === 0) return;
  const told = new Uint8Array(missing.length);
  const stored: Promise<void>[] = [];
  const tell = (index: number, value: T): void => {
    const entry = missing[index];
    if (entry === undefined || told[index] === 1) return;
    told[index] = 1;
    onValue(entry.key, value);
    const storing = question.memo.set(entry.key, value);
    if (storing !== undefined) stored.push(storing);
  };
  try {
    const values = await question.ask(
      missing.map((entry) => entry.chat),
      { ...run, onResult: tell },
    );
    values.forEach((value, index) => {
      tell(index, value);
    });
  } finally {
    await Promise.all(stored);
  }
}

/** The model's answer to one chat, such as the whole conversation's, which is what gets explained. @param asker knows it from then on. */
export async function answer(asker: Asker<ModelResponse>, chat: Chat, run: RunOptions): Promise<ModelResponse> {
  const [response] = await asker.ask([chat], run);
  return response as ModelResponse;
}
