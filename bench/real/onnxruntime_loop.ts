import { InferenceSession, Tensor } from "onnxruntime-node";
import { reply } from "../shared/child.js";
import { greedy, meanLogProbability } from "./greedy.js";
import { loopTask } from "./loop.js";

/* What a careful user writes: one coalition after the other, caches within an answer, the runtime's own defaults. */

const { path, payoff, prompts, ...end } = loopTask();
const session = await InferenceSession.create(path);

const int64 = (values: readonly number[]): Tensor => new Tensor("int64", BigInt64Array.from(values, BigInt), [1, values.length]);

async function feed(
  ids: readonly number[],
  past: Readonly<Record<string, Tensor>>,
  seen: number,
): Promise<Readonly<Record<string, Tensor>>> {
  const feeds: Record<string, Tensor> = {};
  for (const input of session.inputMetadata) {
    if (!input.isTensor) continue;
    const dims = input.shape.map((dim, i) => (i === 0 ? 1 : typeof dim === "number" ? dim : 0));
    if (input.name === "input_ids") feeds[input.name] = int64(ids);
    else if (input.name === "attention_mask") feeds[input.name] = int64(new Array<number>(seen + ids.length).fill(1));
    else if (input.name === "position_ids") feeds[input.name] = int64(ids.map((_, i) => seen + i));
    else feeds[input.name] = past[input.name] ?? new Tensor("float32", new Float32Array(dims.reduce((a, b) => a * b, 1)), dims);
  }
  return (await session.run(feeds)) as Record<string, Tensor>;
}

async function answerOf(prompt: readonly number[]): Promise<readonly number[]> {
  let past: Record<string, Tensor> = {};
  let seen = 0;
  const decoder = {
    async feed(ids: readonly number[]) {
      const outputs = await feed(ids, past, seen);
      seen += ids.length;
      past = Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name.replace(/^present/, "past_key_values"), tensor]));
      const logits = outputs.logits as Tensor;
      return (logits.data as Float32Array).subarray(-(logits.dims[2] as number));
    },
  };
  return await greedy(decoder, prompt, end);
}

const whole = prompts.at(-1) ?? [];
const answer = await answerOf(whole);
const values: number[] = [];
for (const prompt of prompts) {
  if (payoff === "tfidf") values.push((await answerOf(prompt)).length);
  else {
    const { logits } = await feed([...prompt, ...answer.slice(0, -1)], {}, 0);
    values.push(meanLogProbability(logits?.data as Float32Array, prompt.length, answer));
  }
}
reply({ answer, last: values.at(-1) });
