import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type AudioRow, measureAudio } from "./audio.js";
import { bestRate, leastTokens, type Plan, type Run, runPlan, type Time } from "./measure.js";
import { runNaive } from "./naive.js";
import { WORKLOADS, type Workload } from "./workloads.js";

/*
 * Measures explanations against the naive loop (transformers.js `generate`, one coalition at a time) in the same run:
 *   npm run bench -- [--threads N] [--sample N] [--only TEXT] [--out FILE]
 * Every workload runs in a process of its own, so that its peak memory is its own.
 */

interface Row {
  readonly workload: string;
  readonly payoff: "generated" | "likelihood";
  readonly plan: string;
  readonly coalitions: number;
  readonly msPerCoalition: number;
  readonly cpuMsPerCoalition: number;
  readonly coalitionsPerSecond: number;
  readonly tokens: number;
  readonly passes: number;
  /** Wall time of the naive loop ÷ ours, and the same of processor time. */
  readonly timesNaive: number;
  readonly timesNaiveCpu: number;
  /** Likelihood alone, against a forward pass of batch 1 for each coalition: processor time. */
  readonly timesForwardCpu: number | null;
  readonly shareOfBound: number;
  readonly peakMB: number;
  /** Answers equal to the naive loop's, of those compared. */
  readonly identical: string;
}

const PLANS: readonly (readonly [name: string, plan: Plan])[] = [
  ["batch 1", { batchSize: 1, speculation: false, shareStarts: false }],
  ["equal-length batches", { batchSize: null, speculation: false, shareStarts: false }],
  ["+ shared starts", { batchSize: null, speculation: false, shareStarts: true }],
  ["+ checked guesses (default)", { batchSize: null, speculation: true, shareStarts: true }],
];

const args = new Map<string, string>();
for (let i = 2; i < process.argv.length; i += 2) args.set(process.argv[i] as string, process.argv[i + 1] ?? "");
/** The naive loop's; ours are chosen as in any run, unless given. */
const threads = Number(args.get("--threads") ?? availableParallelism());
const ours = args.has("--threads") ? threads : 0;
const sampleSize = Number(args.get("--sample") ?? 24);
const cache = resolve(tmpdir(), "mllm-shap-bench");

const AUDIO = "nano audio, exact, 8 stretches of sound";
if (args.get("--workload") === AUDIO) {
  process.stdout.write(JSON.stringify(await measureAudio("configs/audio/kitchen-light.wav", 8, sampleSize, ours)));
} else if (args.has("--workload")) {
  process.stdout.write(JSON.stringify(await measure(args.get("--workload") as keyof typeof WORKLOADS, args.get("--plan") ?? "")));
} else report();

function report(): void {
  mkdirSync(cache, { recursive: true });
  const rows: Row[] = [];
  for (const name of wanted(Object.keys(WORKLOADS))) {
    // A process of its own for each plan: what runs later in a process is slower than the same run first.
    for (const [plan] of PLANS) rows.push(...(inChild(name, plan) as Row[]));
    console.log(table(rows.filter(({ workload }) => workload === name)));
  }
  const audio = wanted([AUDIO]).flatMap((name) => inChild(name) as AudioRow[]);
  for (const { payoff, msPerCoalition, timesPlain, identical } of audio) {
    console.log(
      `${AUDIO}, ${payoff}: ${msPerCoalition.toFixed(2)} ms a coalition, ${timesPlain.toFixed(1)} × one at a time, identical ${identical}`,
    );
  }
  const machine = { cpu: cpus()[0]?.model ?? "", cores: cpus().length, threads, node: process.version };
  writeFileSync(args.get("--out") ?? "bench/speed.json", `${JSON.stringify({ machine, rows, audio }, null, 1)}\n`);
}

function wanted(names: readonly string[]): readonly string[] {
  return names.filter((name) => name.includes(args.get("--only") ?? ""));
}

function inChild(workload: string, plan = ""): unknown {
  const child = [
    fileURLToPath(import.meta.url),
    "--workload",
    workload,
    "--plan",
    plan,
    ...(args.has("--threads") ? ["--threads", String(threads)] : []),
    "--sample",
    String(sampleSize),
  ];
  return JSON.parse(execFileSync(process.execPath, child, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }));
}

async function measure(name: keyof typeof WORKLOADS, only: string): Promise<readonly Row[]> {
  const workload = { ...(await WORKLOADS[name](cache)), name };
  const rate = await bestRate(workload, ours);
  const rows: Row[] = [];
  const step = Math.max(1, Math.floor(workload.prompts.length / sampleSize));
  const sample = [...workload.prompts.keys()].filter((i) => i % step === 0).slice(0, sampleSize);
  let naive: Awaited<ReturnType<typeof runNaive>> | null = null;
  for (const [planName, plan] of PLANS.filter(([one]) => one === only)) {
    // One by one is as slow as it is well known: a part of the coalitions tells enough.
    const part = plan.batchSize === 1 ? { ...workload, prompts: sample.map((i) => workload.prompts[i] as Int32Array) } : workload;
    const run = await runPlan(part, plan, ours);
    const targets = Int32Array.from(run.answers.at(-1) ?? []);
    naive ??= await runNaive(workload, sample, targets, threads);
    const same = sample.filter((i, at) => String(run.answers[plan.batchSize === 1 ? at : i]) === String(naive?.answers.get(i))).length;
    const sequences = { generated: withAnswers(part, run.answers), likelihood: withTargets(part, targets) };
    for (const payoff of ["generated", "likelihood"] as const) {
      const bound = leastTokens(sequences[payoff]) / rate;
      rows.push(row({ workload: part, name, planName, payoff, run: run[payoff], naive, bound, identical: `${same}/${sample.length}` }));
    }
  }
  return rows;
}

interface RowParts {
  readonly workload: Workload;
  readonly name: string;
  readonly planName: string;
  readonly payoff: "generated" | "likelihood";
  readonly run: Run;
  readonly naive: { readonly generate: Time; readonly forward: Time };
  readonly bound: number;
  readonly identical: string;
}

function row({ workload, name, planName, payoff, run, naive, bound, identical }: RowParts): Row {
  const count = workload.prompts.length;
  const ms = (1000 * run.seconds) / count;
  return {
    workload: name,
    payoff,
    plan: planName,
    coalitions: count,
    msPerCoalition: ms,
    cpuMsPerCoalition: (1000 * run.cpuSeconds) / count,
    coalitionsPerSecond: 1000 / ms,
    tokens: run.tokens,
    passes: run.passes,
    timesNaive: (naive.generate.seconds * count) / run.seconds,
    timesNaiveCpu: (naive.generate.cpuSeconds * count) / run.cpuSeconds,
    timesForwardCpu: payoff === "likelihood" ? (naive.forward.cpuSeconds * count) / run.cpuSeconds : null,
    shareOfBound: bound / run.seconds,
    peakMB: Math.round(process.resourceUsage().maxRSS / 1024),
    identical,
  };
}

/** The last token of an answer is never fed. */
function withAnswers({ prompts }: Workload, answers: readonly (readonly number[])[]): number[][] {
  return prompts.map((prompt, i) => [...prompt, ...(answers[i] ?? []).slice(0, -1)]);
}

function withTargets({ prompts }: Workload, targets: Int32Array): number[][] {
  return prompts.map((prompt) => [...prompt, ...targets.subarray(0, -1)]);
}

function table(rows: readonly Row[]): string {
  const head =
    "| workload | payoff | plan | ms/coalition | cpu ms | × naive | × naive (cpu) | × forward (cpu) | tokens | passes | of bound | peak MB | identical |";
  const lines = rows.map((r) =>
    [
      "",
      r.workload,
      r.payoff,
      r.plan,
      r.msPerCoalition.toFixed(2),
      r.cpuMsPerCoalition.toFixed(2),
      r.timesNaive.toFixed(1),
      r.timesNaiveCpu.toFixed(1),
      r.timesForwardCpu?.toFixed(1) ?? "",
      r.tokens,
      r.passes,
      `${Math.round(100 * r.shareOfBound)} %`,
      r.peakMB,
      r.identical,
      "",
    ].join(" | "),
  );
  return [head, "|---|---|---|---|---|---|---|---|---|---|---|---|---|", ...lines.map((line) => line.trim())].join("\n");
}
