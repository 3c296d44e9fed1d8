import { writeFileSync } from "node:fs";
import { createRng } from "../../src/random.js";
import { bestOf, open } from "../shared/measure.js";
import { runNaive } from "../shared/naive.js";
import { WORKLOADS, type Workload } from "../shared/workloads.js";
import type { GrowthOptions } from "./options.js";
import { type Point, plot } from "./plot.js";

const PREFIXES = [0, 100, 200, 400, 800, 1600];
const COALITIONS = 512;
/** Those that the naive forward pass is timed on. */
const SAMPLE = [10, 100, 200, 300, 400, 500];

export async function run({
  quick,
  out = quick ? undefined : "docs/speed-growth.svg",
}: GrowthOptions & { readonly quick: boolean }): Promise<void> {
  const base = await WORKLOADS["nano, exact, 11 words"]("");
  const points: Point[] = [];
  for (const prefix of quick ? PREFIXES.slice(0, 2) : PREFIXES) points.push(await measure(base, prefix, quick ? 32 : COALITIONS));
  console.table(points);
  if (out !== undefined) writeFileSync(out, plot(points));
}

/** Likelihood of a six-token answer. */
async function measure(base: Workload, prefix: number, coalitions: number): Promise<Point> {
  const rng = createRng(prefix);
  const before = Array.from({ length: prefix }, () => 150 + rng.int(600));
  const prompts = base.prompts.slice(0, coalitions).map((ids) => Int32Array.from([...before, ...ids]));
  const workload: Workload = { ...base, prompts, sharedPrefix: prefix + base.sharedPrefix };
  const targets = Int32Array.of(417, 413, 389, 466, 441, 7);
  const engine = await open(workload, null, 1);
  await engine.score(prompts.slice(0, 8), { targets, sharedPrefix: workload.sharedPrefix });
  let tokens = 0;
  const { cpuSeconds } = await bestOf(async () => {
    const fed = engine.spent.tokens;
    await engine.score(prompts, { targets, sharedPrefix: workload.sharedPrefix });
    tokens = (engine.spent.tokens - fed) / prompts.length;
  });
  const ms = (1000 * cpuSeconds) / prompts.length;
  await engine.release();
  const sample = SAMPLE.filter((i) => i < coalitions);
  const naive = await runNaive({ ...workload, maxNewTokens: 1 }, sample, targets, 1);
  const naiveTokens = sample.reduce((sum, i) => sum + (prompts[i] as Int32Array).length + targets.length - 1, 0) / sample.length;
  return { prefix, tokens, ms, naiveTokens, naiveMs: 1000 * naive.forward.cpuSeconds };
}
