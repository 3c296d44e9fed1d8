import type { Model, ModelUsage } from "../connectors/types.js";

/** One run's share of a model that several runs may use at once. */
export interface ModelShare {
  /** The model for this run: its calls wait until the model is free, as it serves `can.concurrency` of them at a time. */
  readonly model: Model;
  /** What this run's calls came to; those of a model that serves several at once count whatever ran meanwhile. */
  usage(): ModelUsage;
}

/** Calls that a model is asked by. */
const CALLS: ReadonlySet<string | symbol> = new Set([
  "generateBatch",
  "score",
  "diverge",
  "scoreChoices",
  "getStaticEmbeddings",
  "getContextualEmbeddings",
] satisfies readonly (keyof Model)[]);

/** For each model, the ends of the calls that it is busy with: a call waits for the one `concurrency` calls before it. */
const busy = new WeakMap<Model, Promise<unknown>[]>();

/** A call's state is the model's own (caches, what it guesses answers from): two runs take turns, and each is told what it cost. */
export function shareOf(model: Model): ModelShare {
  const spent = { calls: 0, tokens: 0, passes: 0 };
  const inTurn = async <T>(call: () => Promise<T>): Promise<T> => {
    const queue = busy.get(model) ?? [];
    busy.set(model, queue);
    const before = queue.at(-model.can.concurrency);
    const run = async (): Promise<T> => {
      await before;
      const { calls, tokens, passes } = model.usage;
      try {
        return await call();
      } finally {
        const after = model.usage;
        spent.calls += after.calls - calls;
        spent.tokens += after.tokens - tokens;
        spent.passes += after.passes - passes;
      }
    };
    const running = run();
    const end = running.catch(() => undefined);
    queue.push(end);
    void end.then(() => queue.splice(queue.indexOf(end), 1));
    return await running;
  };
  // Over an empty object: a proxy over the model may not give another function for a property of it that is read-only.
  const shared = new Proxy({} as Model, {
    has: (_, key) => key in model,
    get(_, key) {
      const member: unknown = Reflect.get(model, key, model);
      if (typeof member !== "function") return member;
      if (!CALLS.has(key)) return member.bind(model) as unknown;
      const call = member.bind(model) as (...parameters: readonly [unknown, unknown, unknown]) => Promise<unknown>;
      return (first: unknown, second: unknown, third: unknown) => inTurn(() => call(first, second, third));
    },
  });
  return { model: shared, usage: () => ({ ...spent, plan: model.usage.plan }) };
}
