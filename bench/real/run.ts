import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { inChild } from "../shared/child.js";
import { inRepository } from "../shared/root.js";
import { requireSame } from "./agree.js";
import { leastOf, limitOf, type Rates } from "./least.js";
import type { LoopTask } from "./loop.js";
import type { RealOptions } from "./options.js";
import type { RatesTask } from "./rates_child.js";
import { type Measured, rewritePage, tableOf } from "./report.js";
import { type Found, loop, ours, pythonLoop, type Way } from "./ways.js";
import { promptsOf, type Work, works } from "./works.js";

/*
 * Whole processes from their start to their last value, one way after the other, several times over: what a user waits for. All ways use the
 * same weights, prompts and length of answer, and must give the same answers and the same values.
 */

const NANO = fileURLToPath(inRepository("fixtures/models/nano/text"));

export async function run({ quick, ...options }: RealOptions & { readonly quick: boolean }): Promise<void> {
  const model = resolve(options.folder ?? NANO);
  const measured: Measured[] = [];
  for (const work of works(model, quick).filter(({ name }) => name.endsWith(options.only))) {
    const scratch = mkdtempSync(join(tmpdir(), "mllm-shap-real-"));
    try {
      measured.push(await measure(work, model, scratch, { ...options, rounds: quick ? 1 : options.rounds }));
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  }
  const table = tableOf(measured);
  console.log(table);
  if (options.page !== undefined) rewritePage(options.page, table);
}

async function measure(work: Work, model: string, scratch: string, options: RealOptions): Promise<Measured> {
  const { graph, vocabulary, ...prompts } = await promptsOf(work, model);
  const path = join(model, graph);
  const task: LoopTask = { ...prompts, folder: model, path, payoff: work.payoff, weights: resolve(options.weights ?? model) };
  const ways: readonly Way[] = [
    ours(work, scratch),
    loop("loop over onnxruntime", "onnxruntime_loop", task, scratch),
    loop("loop over transformers.js", "transformers_loop", task, scratch),
    ...(options.python === undefined ? [] : [pythonLoop(options.python, task, scratch)]),
  ];
  const times = ways.map(({ name }) => ({ name, seconds: [] as number[] }));
  const found: Found[] = [];
  const limits: number[] = [];
  for (let round = 0; round < options.rounds; round++) {
    for (const [i, way] of ways.entries()) {
      const started = performance.now();
      found[i] = way.run();
      times[i]?.seconds.push((performance.now() - started) / 1000);
    }
    requireSame(work, found);
    limits.push(limitNow(work, task, found, vocabulary));
  }
  for (const { name, seconds } of times) console.error(`${work.name}, ${name}: ${seconds.map((s) => s.toFixed(1)).join(", ")} s`);
  return { work: work.name, coalitions: task.prompts.length, ways: times, limit: Math.min(...limits) };
}

/** Below this no way can be at this time: other work on the machine slows the runtime as well. */
function limitNow(work: Work, task: LoopTask, found: readonly Found[], vocabulary: number): number {
  const answers = found.flatMap(({ loop: told }) => (told === undefined ? [] : [told.answers]))[0] ?? [];
  const least = leastOf(work.payoff, task, answers);
  const rates = inChild(new URL("rates_child.js", import.meta.url), { path: task.path, vocabulary } satisfies RatesTask) as Rates;
  const limit = limitOf(least, rates);
  const stepping = rates.stepping.map(({ rows, rate }) => `${rows} × 1 ${rate.toFixed(0)}/s`).join(", ");
  console.error(
    `${work.name}: ${least.fed} tokens fed at ${rates.feeding.toFixed(0)}/s, ${least.stepped} stepped (${stepping}), session ${rates.opening.toFixed(1)} s: ${limit.toFixed(1)} s`,
  );
  return limit;
}
