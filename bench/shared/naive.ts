import { AutoModelForCausalLM, type PreTrainedModel, Tensor } from "@huggingface/transformers";
import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { bestOf, type Time } from "./measure.js";
import type { Workload } from "./workloads.js";

export interface NaiveRun {
  /** A coalition. */
  readonly generate: Time;
  readonly forward: Time;
  readonly answers: ReadonlyMap<number, readonly number[]>;
}

/** What a user of a text-generation library writes: `generate` once a coalition; and one forward pass of batch 1 each. */
export async function runNaive(workload: Workload, sample: readonly number[], targets: Int32Array, threads: number): Promise<NaiveRun> {
  const options = { dtype: "fp32", local_files_only: true, session_options: { intraOpNumThreads: threads } } as const;
  const model = (await AutoModelForCausalLM.from_pretrained(workload.folder, options)) as PreTrainedModel;
  const answers = new Map<number, readonly number[]>();
  await generate(model, workload, sample[0] as number);
  const time = await bestOf(async () => {
    for (const i of sample) answers.set(i, await generate(model, workload, i));
  });
  await model.dispose();
  return { generate: each(time, sample.length), forward: await forward(workload, sample, targets, threads), answers };
}

async function generate(model: PreTrainedModel, workload: Workload, index: number): Promise<readonly number[]> {
  const ids = workload.prompts[index] as Int32Array;
  const input = (values: Int32Array, value?: bigint): Tensor =>
    new Tensor(
      "int64",
      BigInt64Array.from(values, (id) => value ?? BigInt(id)),
      [1, ids.length],
    );
  const settings = {
    max_new_tokens: workload.maxNewTokens,
    do_sample: false,
    eos_token_id: workload.endIds.length === 0 ? -1 : [...workload.endIds],
  };
  const output = (await model.generate({ inputs: input(ids), attention_mask: input(ids, 1n), ...settings } as never)) as Tensor;
  return Array.from(output.data as BigInt64Array, Number).slice(ids.length);
}

/** A whole prompt with the answer behind it, teacher-forced, from an empty past: what a naive likelihood costs. */
async function forward(workload: Workload, sample: readonly number[], targets: Int32Array, threads: number): Promise<Time> {
  const session = await InferenceSession.create(`${workload.folder}/onnx/model.onnx`, { intraOpNumThreads: threads });
  const run = async (index: number): Promise<void> => {
    const ids = [...(workload.prompts[index] as Int32Array), ...targets.subarray(0, -1)];
    const feeds: Record<string, OrtTensor> = {};
    for (const input of session.inputMetadata) {
      if (!input.isTensor) continue;
      const int64 = (values: readonly number[]): OrtTensor => new OrtTensor("int64", BigInt64Array.from(values, BigInt), [1, ids.length]);
      const dims = input.shape.map((dim, i) => (i === 0 ? 1 : typeof dim === "number" ? dim : 0));
      if (input.name === "input_ids") feeds[input.name] = int64(ids);
      else if (input.name === "attention_mask") feeds[input.name] = int64(ids.map(() => 1));
      else if (input.name === "position_ids") feeds[input.name] = int64([...ids.keys()]);
      else feeds[input.name] = new OrtTensor("float32", new Float32Array(dims.reduce((a, b) => a * b, 1)), dims);
    }
    await session.run(feeds, ["logits"]);
  };
  await run(sample[0] as number);
  const time = await bestOf(async () => {
    for (const i of sample) await run(i);
  });
  await session.release();
  return each(time, sample.length);
}

function each({ seconds, cpuSeconds }: Time, count: number): Time {
  return { seconds: seconds / count, cpuSeconds: cpuSeconds / count };
}
