import type { Tensor } from "onnxruntime-node";
import { reply } from "../shared/child.js";
import { greedy, meanLogProbability } from "./greedy.js";
import { loopTask } from "./loop.js";
import { type Cache, cacheOf, openPlain } from "./session.js";

/* What a careful user writes: one coalition after the other, caches within an answer, the runtime's own defaults. */

const { path, payoff, prompts, ...end } = loopTask();
const session = await openPlain(path);

async function answerOf(prompt: readonly number[]): Promise<readonly number[]> {
  let cache: Cache = session.zeros(1, 0);
  let seen = 0;
  const decoder = {
    async feed(ids: readonly number[]) {
      const outputs = await session.run({ ids, rows: 1, seen, cache });
      seen += ids.length;
      cache = cacheOf(outputs);
      const logits = outputs.logits as Tensor;
      return (logits.data as Float32Array).subarray(-(logits.dims[2] as number));
    },
  };
  return await greedy(decoder, prompt, end);
}

const answer = await answerOf(prompts.at(-1) ?? []);
const values: number[] = [];
const answers: (readonly number[])[] = [];
for (const prompt of prompts) {
  if (payoff === "tfidf") answers.push(await answerOf(prompt));
  else {
    const { logits } = await session.run({ ids: [...prompt, ...answer.slice(0, -1)], rows: 1, seen: 0, cache: session.zeros(1, 0) });
    values.push(meanLogProbability(logits?.data as Float32Array, prompt.length, answer));
  }
}
reply(payoff === "tfidf" ? { answers, values: answers.map(({ length }) => length) } : { answers: [answer], values });
