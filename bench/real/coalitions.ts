import type { Tensor } from "onnxruntime-node";
import { greedy, meanLogProbability } from "./greedy.js";
import type { LoopFound, TextTask } from "./loop.js";
import { type Cache, cacheOf, type PlainSession } from "./session.js";

/* What a careful user writes: one coalition after the other, caches within an answer, the runtime's own defaults. */

/** What a coalition's answer follows. */
export interface Prompt {
  readonly ids: readonly number[];
  /** `[ids, hidden]` row-major, for a decoder that is fed rows. @default it is fed ids */
  readonly embed?: ((ids: readonly number[]) => Promise<Float32Array>) | undefined;
}

/** @param promptOf of a coalition, made each time that it is asked. @param coalitions the whole one comes last. */
export async function overCoalitions(
  session: PlainSession,
  { coalitions, promptOf }: { readonly coalitions: number; readonly promptOf: (coalition: number) => Prompt | Promise<Prompt> },
  { payoff, ...end }: Pick<TextTask, "payoff" | "maxNewTokens" | "endIds">,
): Promise<LoopFound> {
  const whole = await answerTo(session, await promptOf(coalitions - 1), end);
  const values: number[] = [];
  const answers: (readonly number[])[] = [];
  for (let coalition = 0; coalition < coalitions; coalition++) {
    const prompt = await promptOf(coalition);
    if (payoff === "tfidf") answers.push(await answerTo(session, prompt, end));
    else values.push(await scoreOf(session, prompt, whole));
  }
  return payoff === "tfidf" ? { answers, values: answers.map(({ length }) => length) } : { answers: [whole], values };
}

async function answerTo(session: PlainSession, { ids: prompt, embed }: Prompt, end: Pick<TextTask, "maxNewTokens" | "endIds">) {
  let cache: Cache = session.zeros(1, 0);
  let seen = 0;
  const decoder = {
    async feed(ids: readonly number[]) {
      const outputs = await session.run({ ids, embeds: await embed?.(ids), rows: 1, seen, cache });
      seen += ids.length;
      cache = cacheOf(outputs);
      const logits = outputs.logits as Tensor;
      return (logits.data as Float32Array).subarray(-(logits.dims[2] as number));
    },
  };
  return await greedy(decoder, prompt, end);
}

async function scoreOf(session: PlainSession, { ids: prompt, embed }: Prompt, answer: readonly number[]): Promise<number> {
  const ids = [...prompt, ...answer.slice(0, -1)];
  const { logits } = await session.run({ ids, embeds: await embed?.(ids), rows: 1, seen: 0, cache: session.zeros(1, 0) });
  return meanLogProbability(logits?.data as Float32Array, prompt.length, answer);
}
