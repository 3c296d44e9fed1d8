import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { MAX_ATTEMPTS } from "../../src/cli/batch/batch_flags.js";
import type { BatchOptions } from "./options.js";
import { type Memory, measureReal, type Real } from "./real.js";
import { CLUSTER, type Engine, type Simulated, simulate } from "./simulate.js";

const QUICK = { conversations: 60, kills: 2, simulated: 2_000 } as const;

/** Of the simulation. */
const SEEDS = 11;

const ENGINES: readonly (readonly [name: string, engine: Engine])[] = [
  ["one queue", { kind: "queue" }],
  ["1,000 shards", { kind: "shards", count: 1_000 }],
  ["4,000 shards", { kind: "shards", count: 4_000 }],
  ["10,000 shards", { kind: "shards", count: 10_000 }],
];

export async function run({ quick, ...asked }: BatchOptions & { readonly quick: boolean }): Promise<void> {
  const options = quick ? { ...asked, ...QUICK } : asked;
  const out = asked.out ?? (quick ? undefined : "docs");
  const real = await measureReal(options);
  if (!real.same) throw new Error("the merged results of the killed batch differ from those of the one that was not");
  const seeds = Array.from({ length: quick ? 1 : SEEDS }, (_, i) => options.seed + i);
  const cluster = { ...CLUSTER, conversations: options.simulated };
  const simulated = ENGINES.map(([name, engine]) => [name, seeds.map((seed) => simulate(cluster, engine, seed))] as const);
  const page = pageOf(real, simulated, options.simulated);
  if (out !== undefined) {
    mkdirSync(out, { recursive: true });
    writeFileSync(join(out, "scale.md"), page);
  }
  console.log(page);
}

function pageOf(real: Real, simulated: readonly (readonly [string, readonly Simulated[]])[], conversations: number): string {
  return `# Batches at scale

\`npm run bench -- batch --conversations ${real.conversations}\` makes this page again. How batches are run: [batch.md](batch.md).

## Measured: ${count(real.conversations)} short conversations

Exact explanations of 5 to 9 words with the embedded model, in ${real.workers} worker processes on ${availableParallelism()} cores, nothing remembered from before. Speeds are
of the machine at hand, whatever else it does.

| | |
|---|---:|
| conversations a second | ${real.perSecond.toFixed(1)} |
| in the fifths of the time | ${real.pace.map((one) => one.toFixed(1)).join(", ")} |
| seconds in all, starting and reading the manifest included | ${real.seconds.toFixed(1)} |
| memory of the command in the fifths of the time, median MiB (highest) | ${mib(real.parent)} |
| memory of its largest worker process, the same | ${mib(real.worker)} |
| results | ${(real.bytes / 2 ** 20).toFixed(1)} MiB |
| kill -9 of the whole batch at random moments | ${real.kills} |
| conversations that were begun again after them | ${real.repeated} of ${count(real.conversations)} |
| merged results, compared with those of a batch that was not killed | ${real.same ? "the same bytes" : "other bytes"} |

The embedded model is tiny: what is measured is the batch's own cost, which is small beside a real model's seconds or minutes a conversation.

## Simulated: ${count(conversations)} conversations on ${count(CLUSTER.workers)} workers

No such cluster was at hand: this is a simulation of events with the tool's own rules and defaults (what frees a conversation, after how long, and
when it is given up), not a measurement. A conversation takes a minute in the median (log-normal, σ = ${CLUSTER.sigma}); ${share(CLUSTER.stragglers)} of the workers are ${CLUSTER.slowdown} times
slower; each is preempted every ${CLUSTER.preemptedEveryS / 3_600} hours on average and comes back after ${CLUSTER.backAfterS / 60} minutes; ${share(1 - CLUSTER.noticed)} of preemptions come without a notice. What was
interrupted starts anew, as where the memo lies on the lost node's disk. *Ideal* is all work spread evenly over all workers without any preemption. Medians of ${simulated[0]?.[1].length ?? 0} seeds, and the largest.

| | hours until 99 % are done | until all are | ÷ ideal | preemptions | of them kills | work in vain | given up wrongly |
|---|---:|---:|---:|---:|---:|---:|---:|
${simulated.map(([name, one]) => rowOf(name, one)).join("\n")}

A shard is one worker's until it is done, so that a slow worker's shard is what all wait for: take several times as many shards as machines.
A conversation is given up after ${MAX_ATTEMPTS} starts that ended in a kill; a notice (SIGTERM) is held against none. Where kills are many, raise \`--max-attempts\`.
`;
}

function rowOf(name: string, seeds: readonly Simulated[]): string {
  const sorted = (of: (one: Simulated) => number) => seeds.map(of).sort((a, b) => a - b);
  const median = (of: (one: Simulated) => number) => sorted(of)[Math.floor(seeds.length / 2)] ?? 0;
  const hours = (of: (one: Simulated) => number) => `${(median(of) / 3_600).toFixed(2)} (${((sorted(of).at(-1) ?? 0) / 3_600).toFixed(2)})`;
  const cells = [
    hours(({ mostS }) => mostS),
    hours(({ makespanS }) => makespanS),
    median(({ makespanS, idealS }) => makespanS / idealS).toFixed(2),
    count(median(({ preemptions }) => preemptions)),
    count(median(({ kills }) => kills)),
    share(median(({ wasted }) => wasted)),
    `${count(median(({ givenUp }) => givenUp))} (${sorted(({ givenUp }) => givenUp).at(-1) ?? 0})`,
  ];
  return `| ${name} | ${cells.join(" | ")} |`;
}

function mib({ fifths, highest, samples }: Memory): string {
  return samples === 0 ? "unknown here" : `${fifths.map((one) => one.toFixed(0)).join(", ")} (${highest.toFixed(0)})`;
}

function share(value: number): string {
  return `${(100 * value).toFixed(value < 0.1 && value > 0 ? 1 : 0)} %`;
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}
