import { join, resolve } from "node:path";
import { inChild } from "../shared/child.js";
import { leastOf, limitOf, type Rates } from "./least.js";
import type { TextTask } from "./loop.js";
import type { RealOptions } from "./options.js";
import type { RatesTask } from "./rates_child.js";
import { type SpeechWork, speechTaskOf } from "./speech_works.js";
import { type Found, loop, ours, pythonLoop, type Way } from "./ways.js";
import { promptsOf, type Work } from "./works.js";

/** What is measured of a work. */
export interface Contest {
  readonly coalitions: number;
  /** Ours first. */
  readonly ways: readonly Way[];
  /** Seconds below which no way can be, by what the ways found. @default it is not found out */
  readonly limit?: ((found: readonly Found[]) => number) | undefined;
}

const OVER_ONNXRUNTIME = "loop over onnxruntime";

/** @param scratch a folder for what processes are told. */
export async function textContest(work: Work, model: string, scratch: string, options: RealOptions): Promise<Contest> {
  const { graph, vocabulary, ...prompts } = await promptsOf(work, model);
  const path = join(model, graph);
  const task: TextTask = { ...prompts, folder: model, path, payoff: work.payoff, weights: resolve(options.weights ?? model) };
  return {
    coalitions: task.prompts.length,
    ways: [
      ours(work, scratch),
      loop(OVER_ONNXRUNTIME, "onnxruntime_loop", task, scratch),
      loop("loop over transformers.js", "transformers_loop", task, scratch),
      ...(options.python === undefined ? [] : [pythonLoop(options.python, task, scratch)]),
    ],
    limit: (found) => limitNow(work, task, found, vocabulary),
  };
}

/** @param scratch as above. */
export async function speechContest(work: SpeechWork, scratch: string): Promise<Contest> {
  const task = await speechTaskOf(work);
  const ways = [ours(work, scratch), loop(OVER_ONNXRUNTIME, "speech_loop", task, scratch)];
  return { coalitions: 2 ** task.segments.length, ways };
}

/** Below this no way can be at this time: other work on the machine slows the runtime as well. */
function limitNow(work: Work, task: TextTask, found: readonly Found[], vocabulary: number): number {
  const answers = found.flatMap(({ loop: one }) => (one === undefined ? [] : [one.answers]))[0] ?? [];
  const least = leastOf(work.payoff, task, answers);
  const { start, answers: together } = least;
  const told: RatesTask = { path: task.path, vocabulary, start, answers: together };
  const rates = inChild(new URL("rates_child.js", import.meta.url), told) as Rates;
  const limit = limitOf(least, rates);
  const stepping = rates.stepping.map(({ rows, rate }) => `${rows} × 1 ${rate.toFixed(0)}/s`).join(", ");
  console.error(
    `${work.name}: ${start} tokens that all begin with at ${rates.feeding.first.toFixed(0)}/s, ${least.fed} behind them at ${rates.feeding.behind.toFixed(0)}/s, ${least.stepped} stepped (${stepping}), session ${rates.opening.toFixed(1)} s: ${limit.toFixed(1)} s`,
  );
  return limit;
}
