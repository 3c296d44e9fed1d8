import { basename, resolve } from "node:path";
import { estimateSpans, estimatorOf } from "../../src/game/outputs.js";
import { play } from "../../src/game/play.js";
import type { Coalition, Game, Outputs } from "../../src/game/types.js";
import { createRng } from "../../src/random.js";
import type { Recording } from "../../src/results/recording.js";
import { METHODS, type MethodName } from "../../src/shapley/registry.js";
import { requestOf, STRICT } from "../../src/spec/load.js";
import type { SpecInput } from "../../src/spec/schema.js";
import { explain } from "../../src/tasks/explain.js";
import { loadModel } from "../../src/tasks/load_model.js";
import { rescore } from "../../src/tasks/rescore.js";

/*
 * Values of every step are estimated from the coalitions that were played anyhow. First whole explanations: their time, and how much less an
 * explanation of the same recording takes without outputs. Then the largest answer that is meant to fit, played on a made-up game.
 * Times are processor time.
 */

const QUESTION =
  "hello there, could you please tell me in one sentence what the capital of France is and why it is well known today? thank you";

export async function run({ repo, quick }: { readonly repo?: string; readonly quick: boolean }): Promise<void> {
  console.log("| model | sampler | players × steps | explanation | its outputs | share |\n|---|---|---|---|---|---|");
  const repos = ["embedded:nano", ...(repo === undefined ? [] : [resolve(repo)])];
  for (const one of repos) {
    for (const sampler of quick ? (["permutation"] as const) : (["permutation", "proxy"] as const)) {
      await measure(one, sampler, quick ? 60 : 150);
    }
  }
  console.log(
    "\n| sampler | coalitions | players × steps | values of the whole | values of every step | memory |\n|---|---|---|---|---|---|",
  );
  const size = quick ? { players: 20, coalitions: 200, steps: 20 } : { players: 200, coalitions: 4_000, steps: 500 };
  for (const name of ["permutation", "leverage", "kernel", "proxy"] as const) await limit(name, size);
}

async function measure(repo: string, sampler: MethodName, budget: number): Promise<void> {
  const spec: SpecInput = {
    model: { connector: "transformers-text", repo, device: "cpu" },
    messages: [{ role: "user", content: QUESTION }],
    generation: { max_new_tokens: 40 },
    explain: { players: "word", sampler, budget, outputs: false },
    run: { cache: false },
  };
  const request = await requestOf(spec, "/", { policy: { ...STRICT, allowOutside: true } });
  const model = await loadModel(request);
  // What comes first in a process is slow.
  await explain({ ...request, spec: { ...request.spec, explain: { ...request.spec.explain, sampler: "leave-one-out" } } }, { model });
  const recordings: Recording[] = [];
  const began = now();
  const { players, response } = await explain(request, { model, onRecording: (one) => void recordings.push(one) });
  const taken = now() - began;
  await model.dispose();
  const own = (await again(recordings[0], true)) - (await again(recordings[0], false));
  const cells = [
    basename(repo),
    sampler,
    `${players.length} × ${response.tokens.length}`,
    ms(taken),
    ms(own),
    `${((100 * own) / taken).toFixed(2)} %`,
  ];
  console.log(`| ${cells.join(" | ")} |`);
}

/** The shortest of five, in milliseconds. */
async function again(recording: unknown, outputs: boolean): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 5; i++) {
    const began = now();
    await rescore(recording, { outputs });
    least = Math.min(least, now() - began);
  }
  return least;
}

interface Size {
  readonly players: number;
  readonly coalitions: number;
  readonly steps: number;
}

async function limit(name: MethodName, { players, coalitions, steps }: Size): Promise<void> {
  const { game, outputs } = madeUp(players, steps);
  const method = METHODS[name].create({ confidence: 0.95 });
  const began = now();
  const { played } = await play(game, method, { budget: coalitions, rng: createRng(1) });
  const middle = now();
  const spans = Array.from({ length: steps }, (_, from) => ({ from, to: from + 1 }));
  const before = process.memoryUsage.rss();
  const found = await estimateSpans(outputs(), spans, estimatorOf(method, played, players), played, players);
  const more = (process.memoryUsage.rss() - before) / 2 ** 20;
  if (found.length !== steps) throw new Error("a step was lost");
  const cells = [name, coalitions, `${players} × ${steps}`, ms(middle - began), ms(now() - middle), `${Math.max(0, more).toFixed(0)} MiB`];
  console.log(`| ${cells.join(" | ")} |`);
}

/** Log-probabilities that depend on every player, some at every step. */
function madeUp(players: number, steps: number): { readonly game: Game; readonly outputs: () => Outputs } {
  const rows: Float64Array[] = [];
  const slots = new Map<string, number>();
  const slotOf = (coalition: Coalition): number => {
    const key = coalition.join("");
    const known = slots.get(key);
    if (known !== undefined) return known;
    const row = new Float64Array(steps);
    coalition.forEach((member, i) => {
      if (member === 1) row[i % steps] = (row[i % steps] as number) - Math.abs(Math.sin(i * 7.1));
    });
    slots.set(key, rows.length);
    return rows.push(row.map((value, step) => Math.tanh(value) - Math.abs(Math.sin(step + rows.length)))) - 1;
  };
  const outputs: Outputs = {
    count: steps,
    slotsOf: (coalitions) => Int32Array.from(coalitions, slotOf),
    payoff: (slot, step) => rows[slot]?.[step] as number,
  };
  const mean = (coalition: Coalition): number => (rows[slotOf(coalition)] as Float64Array).reduce((sum, value) => sum + value, 0) / steps;
  return { game: { players, evaluate: async (coalitions) => Float64Array.from(coalitions, mean) }, outputs: () => outputs };
}

/** Processor time of all threads, in milliseconds: other work on the machine does not count. */
function now(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

const ms = (time: number): string => (time < 1_000 ? `${time.toFixed(1)} ms` : `${(time / 1_000).toFixed(1)} s`);
