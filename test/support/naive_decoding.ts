import { InferenceSession, Tensor } from "onnxruntime-node";
import type { AnswerTrie } from "../../src/decoding/answer_trie.js";
import type { DecoderEngine } from "../../src/decoding/engine.js";
import { TextPolicy } from "../../src/decoding/text_policy.js";
import { createRng } from "../../src/random.js";
import { maxOf } from "../../src/util/arrays.js";

export interface Greedy {
  readonly steps: number;
  readonly endId: number;
  /** Answers to guess from. */
  readonly answers?: AnswerTrie | null;
}

export async function greedy(
  engine: DecoderEngine,
  prompts: readonly Int32Array[],
  { steps, endId, answers = null }: Greedy,
): Promise<readonly (readonly number[])[]> {
  const policy = new TextPolicy({
    sampling: { temperature: 0, topK: 1 },
    endIds: new Set([endId]),
    maxNewTokens: steps,
    rng: () => createRng(0),
    answers,
  });
  await engine.decode(prompts, { policy, maxSteps: steps, sharedPrefix: null });
  return prompts.map((_, i) => policy.output(i).ids);
}

/** The slowest way there is, written apart from the engine: the whole prompt from an empty past for every token. */
export async function naiveGreedy(
  path: string,
  prompts: readonly Int32Array[],
  { steps, endId }: Greedy,
): Promise<readonly (readonly number[])[]> {
  const session = await InferenceSession.create(path, { intraOpNumThreads: 1 });
  const answers: number[][] = [];
  for (const prompt of prompts) {
    const ids = [...prompt];
    for (let step = 0; step < steps && (step === 0 || ids.at(-1) !== endId); step++) {
      const row = await lastLogits(session, ids);
      ids.push(row.indexOf(maxOf(row)));
    }
    answers.push(ids.slice(prompt.length));
  }
  await session.release();
  return answers;
}

/** What follows each prompt, one by one. */
export async function naiveLogits(path: string, prompts: readonly Int32Array[]): Promise<readonly (readonly number[])[]> {
  const session = await InferenceSession.create(path, { intraOpNumThreads: 1 });
  const rows: (readonly number[])[] = [];
  for (const prompt of prompts) rows.push([...(await lastLogits(session, [...prompt]))]);
  await session.release();
  return rows;
}

export async function naiveScores(
  path: string,
  prompts: readonly Int32Array[],
  targets: Int32Array,
): Promise<readonly (readonly number[])[]> {
  const session = await InferenceSession.create(path, { intraOpNumThreads: 1 });
  const scores: number[][] = [];
  for (const prompt of prompts) {
    const row: number[] = [];
    for (const [t, target] of targets.entries()) {
      const logits = await lastLogits(session, [...prompt, ...targets.subarray(0, t)]);
      row.push((logits[target] as number) - Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0)));
    }
    scores.push(row);
  }
  await session.release();
  return scores;
}

/** Logits after the last id, from an empty past; every declared input is fed by its name. */
async function lastLogits(session: InferenceSession, ids: readonly number[]): Promise<readonly number[]> {
  const feeds: Record<string, Tensor> = {};
  for (const input of session.inputMetadata) {
    if (!input.isTensor) continue;
    const int64 = (values: readonly number[], dims: readonly number[]): Tensor =>
      input.type === "int32"
        ? new Tensor("int32", Int32Array.from(values), dims)
        : new Tensor("int64", BigInt64Array.from(values, BigInt), dims);
    if (input.name === "input_ids") feeds[input.name] = int64(ids, [1, ids.length]);
    else if (input.name === "attention_mask")
      feeds[input.name] = int64(
        ids.map(() => 1),
        [1, ids.length],
      );
    else if (input.name === "position_ids") feeds[input.name] = int64([...ids.keys()], [1, ids.length]);
    else if (input.name.endsWith("logits_to_keep")) feeds[input.name] = int64([0], []);
    else if (input.name === "use_cache_branch") feeds[input.name] = new Tensor("bool", [false], [1]);
    else {
      const dims = input.shape.map((dim, i) => (i === 0 ? 1 : typeof dim === "number" ? dim : 0));
      const size = dims.reduce((a, b) => a * b, 1);
      feeds[input.name] =
        input.type === "float16" ? new Tensor("float16", new Uint16Array(size), dims) : new Tensor("float32", new Float32Array(size), dims);
    }
  }
  const { logits } = await session.run(feeds, ["logits"]);
  const data = logits?.data as Float32Array;
  const vocabulary = logits?.dims[2] as number;
  return Array.from(data.subarray(data.length - vocabulary));
}
