import { availableParallelism } from "node:os";
import { reply, task } from "../shared/child.js";
import { bestRate, leastTokens, runPlan } from "../shared/measure.js";
import { runNaive } from "../shared/naive.js";
import { MODELS } from "../shared/root.js";
import { WORKLOADS, type Workload } from "../shared/workloads.js";
import { PLANS, type PlanName } from "./plans.js";
import { type Row, rowOf } from "./rows.js";

export interface WorkloadTask {
  readonly workload: string;
  readonly plan: PlanName;
  /** 0 = as any run chooses. */
  readonly threads: number;
  readonly sample: number;
  /** Prompts at most; null is all. */
  readonly most: number | null;
}

reply(await measure(task() as WorkloadTask));

/** One plan on one workload, beside the naive loop. */
async function measure({ workload: name, plan: planName, threads, sample: size, most }: WorkloadTask): Promise<readonly Row[]> {
  const plan = PLANS[planName];
  const workload = cut(await WORKLOADS[name as keyof typeof WORKLOADS](MODELS), most);
  const rate = await bestRate(workload, threads);
  const step = Math.max(1, Math.floor(workload.prompts.length / size));
  const sample = [...workload.prompts.keys()].filter((i) => i % step === 0).slice(0, size);
  // One by one is as slow as it is well known: a part of the coalitions tells enough.
  const part = plan.batchSize === 1 ? { ...workload, prompts: sample.map((i) => workload.prompts[i] as Int32Array) } : workload;
  const run = await runPlan(part, plan, threads);
  const targets = Int32Array.from(run.answers.at(-1) ?? []);
  const naive = await runNaive(workload, sample, targets, threads || availableParallelism());
  const same = sample.filter((i, at) => String(run.answers[plan.batchSize === 1 ? at : i]) === String(naive.answers.get(i))).length;
  const sequences = { generated: withAnswers(part, run.answers), likelihood: withTargets(part, targets) };
  const shared = { workload: name, plan: planName, coalitions: part.prompts.length, naive, identical: `${same}/${sample.length}` };
  return (["generated", "likelihood"] as const).map((payoff) =>
    rowOf({ ...shared, payoff, run: run[payoff], bound: leastTokens(sequences[payoff]) / rate }),
  );
}

function cut(workload: Workload, most: number | null): Workload {
  return most === null ? workload : { ...workload, prompts: workload.prompts.slice(-most) };
}

/** The last token of an answer is never fed. */
function withAnswers({ prompts }: Workload, answers: readonly (readonly number[])[]): number[][] {
  return prompts.map((prompt, i) => [...prompt, ...(answers[i] ?? []).slice(0, -1)]);
}

function withTargets({ prompts }: Workload, targets: Int32Array): number[][] {
  return prompts.map((prompt) => [...prompt, ...targets.subarray(0, -1)]);
}
