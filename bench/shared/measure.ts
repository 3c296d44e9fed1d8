import { AnswerTrie } from "../../src/decoding/answer_trie.js";
import { type DecoderEngine, openDecoder } from "../../src/decoding/engine.js";
import { TextPolicy } from "../../src/decoding/text_policy.js";
import { createRng } from "../../src/random.js";
import type { Workload } from "./workloads.js";

export interface Plan {
  readonly batchSize: number | null;
  readonly speculation: boolean;
  readonly shareStarts: boolean;
}

export interface Run extends Time {
  readonly tokens: number;
  readonly passes: number;
}

export interface PlanRun {
  readonly generated: Run;
  readonly likelihood: Run;
  readonly answers: readonly (readonly number[])[];
  readonly planInWords: string;
}

export async function open(workload: Workload, batchSize: number | null, threads: number, shareStarts = true): Promise<DecoderEngine> {
  const options = { device: "cpu", threads, memory: 4 * 2 ** 30, batchSize, vocabulary: workload.vocabulary, shareStarts } as const;
  return await openDecoder(`${workload.folder}/onnx/model.onnx`, options);
}

/** Answers every prompt, then scores the last one's answer (the whole chat's) after every prompt. */
export async function runPlan(workload: Workload, plan: Plan, threads: number): Promise<PlanRun> {
  const engine = await open(workload, plan.batchSize, threads, plan.shareStarts);
  const { prompts } = workload;
  let policy = newPolicy(workload, plan);
  const generated = await timed(engine, () => {
    policy = newPolicy(workload, plan);
    return engine.decode(prompts, { policy, maxSteps: workload.maxNewTokens, sharedPrefix: workload.sharedPrefix });
  });
  const answers = prompts.map((_, i) => policy.output(i).ids);
  const targets = Int32Array.from(answers.at(-1) ?? []);
  const likelihood = await timed(engine, () => engine.score(prompts, { targets, sharedPrefix: workload.sharedPrefix }));
  await engine.release();
  return { generated, likelihood, answers, planInWords: engine.plan };
}

function newPolicy({ endIds, maxNewTokens }: Workload, { speculation }: Plan): TextPolicy {
  const answers = speculation ? new AnswerTrie() : null;
  return new TextPolicy({ sampling: { temperature: 0, topK: 1 }, endIds: new Set(endIds), maxNewTokens, rng: () => createRng(0), answers });
}

/** Wall time, and processor time: the latter tells more where other work shares the machine. */
export interface Time {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

/** Runs that take less than this are repeated, and the best is taken: a short one is easily disturbed. */
const SHORT_SECONDS = 10;

/** The least of up to three times. */
export async function bestOf(work: () => Promise<unknown>): Promise<Time> {
  let best: Time = { seconds: Infinity, cpuSeconds: Infinity };
  for (let run = 0; run < 3 && (run === 0 || best.seconds < SHORT_SECONDS); run++) {
    const started = performance.now();
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    best = {
      seconds: Math.min(best.seconds, (performance.now() - started) / 1000),
      cpuSeconds: Math.min(best.cpuSeconds, (user + system) / 1e6),
    };
  }
  return best;
}

async function timed(engine: DecoderEngine, work: () => Promise<unknown>): Promise<Run> {
  let tokens = 0;
  let passes = 0;
  const time = await bestOf(async () => {
    const before = { ...engine.spent };
    await work();
    tokens = engine.spent.tokens - before.tokens;
    passes = engine.spent.passes - before.passes;
  });
  return { ...time, tokens, passes };
}

/** The best rate of tokens a second that this model reaches here, over batches of several shapes. */
export async function bestRate(workload: Workload, threads: number): Promise<number> {
  const engine = await open(workload, null, threads);
  const rng = createRng(4);
  let best = 0;
  for (const [rows, width] of [
    [1, 256],
    [4, 128],
    [16, 32],
    [32, 32],
    [64, 16],
  ] as const) {
    const prompts = Array.from({ length: rows }, () => Int32Array.from({ length: width }, () => rng.int(workload.vocabulary)));
    for (let repeat = 0; repeat < 4; repeat++) {
      const run = await timed(engine, () => engine.score(prompts, { targets: Int32Array.of(5), sharedPrefix: 0 }));
      best = Math.max(best, run.tokens / run.seconds);
    }
  }
  await engine.release();
  return best;
}

/** Tokens that any way must compute at least once: distinct starts of the sequences. */
export function leastTokens(sequences: readonly (readonly number[])[]): number {
  const sorted = [...sequences].sort(compare);
  let count = 0;
  let last: readonly number[] = [];
  for (const sequence of sorted) {
    let shared = 0;
    while (shared < sequence.length && sequence[shared] === last[shared]) shared++;
    count += sequence.length - shared;
    last = sequence;
  }
  return count;
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
