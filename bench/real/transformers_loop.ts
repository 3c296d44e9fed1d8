import { basename, dirname, resolve } from "node:path";
import { AutoModelForCausalLM, type PreTrainedModel, Tensor } from "@huggingface/transformers";
import { reply } from "../shared/child.js";
import { meanLogProbability } from "./greedy.js";
import { loopTask, type TextTask } from "./loop.js";

/* What transformers.js offers: `generate`, and the model's own forward pass, once a coalition. */

const { folder, path, payoff, prompts, maxNewTokens, endIds } = loopTask<TextTask>();
const below = dirname(path) === resolve(folder) ? "" : basename(dirname(path));
const model = (await AutoModelForCausalLM.from_pretrained(folder, {
  dtype: "fp32",
  local_files_only: true,
  subfolder: below,
  model_file_name: basename(path, ".onnx"),
})) as PreTrainedModel;

const int64 = (ids: readonly number[], value?: bigint): Tensor =>
  new Tensor(
    "int64",
    BigInt64Array.from(ids, (id) => value ?? BigInt(id)),
    [1, ids.length],
  );

async function answerOf(ids: readonly number[]): Promise<readonly number[]> {
  const settings = { max_new_tokens: maxNewTokens, do_sample: false, eos_token_id: [...endIds] };
  const output = (await model.generate({ inputs: int64(ids), attention_mask: int64(ids, 1n), ...settings } as never)) as Tensor;
  return Array.from(output.data as BigInt64Array, Number).slice(ids.length);
}

const answer = await answerOf(prompts.at(-1) ?? []);
const values: number[] = [];
const answers: (readonly number[])[] = [];
for (const prompt of prompts) {
  if (payoff === "tfidf") answers.push(await answerOf(prompt));
  else {
    const ids = [...prompt, ...answer.slice(0, -1)];
    const { logits } = (await model({ input_ids: int64(ids), attention_mask: int64(ids, 1n) })) as { readonly logits: Tensor };
    values.push(meanLogProbability(logits.data as Float32Array, prompt.length, answer));
  }
}
reply(payoff === "tfidf" ? { answers, values: answers.map(({ length }) => length) } : { answers: [answer], values });
