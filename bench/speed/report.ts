import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { dirname } from "node:path";
import { inChild } from "../shared/child.js";
import { WORKLOADS } from "../shared/workloads.js";
import type { AudioRow, AudioTask } from "./audio.js";
import type { SpeedOptions } from "./options.js";
import { PLAN_NAMES } from "./plans.js";
import { type Row, table } from "./rows.js";
import type { WorkloadTask } from "./workload_child.js";

const AUDIO = "nano audio, exact, 8 stretches of sound";

/** Measures explanations against the naive loop (transformers.js `generate`, one coalition at a time), each in the process of its plan. */
export function report({ quick, threads, sample, only, out }: SpeedOptions & { readonly quick: boolean }): void {
  const wanted = (names: readonly string[]): readonly string[] =>
    names.filter((name) => name.includes(only)).slice(0, quick ? 1 : undefined);
  const shared = { threads, sample: quick ? 2 : sample };
  const rows: Row[] = [];
  for (const workload of wanted(Object.keys(WORKLOADS))) {
    // A process of its own for each plan: what runs later in a process is slower than the same run first.
    for (const plan of quick ? PLAN_NAMES.slice(-1) : PLAN_NAMES) {
      const task: WorkloadTask = { ...shared, workload, plan, most: quick ? 64 : null };
      rows.push(...(inChild(new URL("workload_child.js", import.meta.url), task) as readonly Row[]));
    }
    console.log(table(rows.filter((row) => row.workload === workload)));
  }
  const audio = wanted([AUDIO]).flatMap(() => {
    const task: AudioTask = { ...shared, clip: "configs/audio/kitchen-light.wav", players: quick ? 3 : 8 };
    return inChild(new URL("audio_child.js", import.meta.url), task) as readonly AudioRow[];
  });
  for (const { payoff, msPerCoalition, timesPlain, identical } of audio) {
    console.log(
      `${AUDIO}, ${payoff}: ${msPerCoalition.toFixed(2)} ms a coalition, ${timesPlain.toFixed(1)} × one at a time, identical ${identical}`,
    );
  }
  const machine = { cpu: cpus()[0]?.model ?? "", cores: cpus().length, threads, node: process.version };
  mkdirSync(dirname(out), { recursive: true });
  writeFileSync(out, `${JSON.stringify({ machine, rows, audio }, null, 1)}\n`);
}
