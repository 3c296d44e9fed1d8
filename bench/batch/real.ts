import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRng } from "../../src/random.js";
import { type Ended, runTool, type Sample } from "./processes.js";

const VERBS = ["turn on", "turn off", "please turn on", "could you turn off"];
const THINGS = ["kitchen light", "bedroom lamp", "radio", "heater", "fan", "television"];

/** What was measured. */
export interface Real {
  readonly conversations: number;
  readonly workers: number;
  readonly seconds: number;
  readonly perSecond: number;
  /** The same in the fifths of the time, by when conversations were begun. */
  readonly pace: readonly number[];
  readonly parent: Memory;
  /** Of the largest worker process at each moment. */
  readonly worker: Memory;
  /** Bytes of the results' file. */
  readonly bytes: number;
  readonly kills: number;
  /** Runs that it took, the last included. */
  readonly runs: number;
  /** Starts of conversations beyond one each. */
  readonly repeated: number;
  readonly same: boolean;
}

/** MiB of a process, sampled five times a second. */
export interface Memory {
  /** Medians of the fifths of the run's time. */
  readonly fifths: readonly number[];
  readonly highest: number;
  readonly samples: number;
}

export interface RealOptions {
  readonly conversations: number;
  readonly workers: number;
  readonly kills: number;
  readonly seed: number;
}

/** Explains a manifest once without a kill and once with many, and compares what is merged. @throws Error where a run fails. */
export async function measureReal({ conversations, workers, kills, seed }: RealOptions): Promise<Real> {
  const cwd = mkdtempSync(join(tmpdir(), "mllm-shap-batch-"));
  try {
    writeFileSync(join(cwd, "m.jsonl"), manifest(conversations));
    const batch = (out: string) => ["batch", "m.jsonl", "-o", out, "--workers", String(workers), "--no-run", "--max-attempts", "1000"];
    const whole = await runTool(batch("whole"), { cwd, cache: join(cwd, "cache-whole") });
    if (whole.code !== 0) throw new Error(`the batch failed: ${whole.stderr}`);
    const killed = await runKilled(batch("killed"), cwd, { kills, seed, seconds: whole.seconds });
    for (const name of ["whole", "killed"]) {
      const { code, stderr } = await runTool(["merge", name, "-o", `${name}.jsonl`], { cwd, cache: join(cwd, "cache") });
      if (code !== 0) throw new Error(`merge failed: ${stderr}`);
    }
    return {
      conversations,
      workers,
      seconds: whole.seconds,
      perSecond: conversations / whole.seconds,
      pace: paceOf(startsOf(join(cwd, "whole"))),
      parent: memoryOf(whole.samples, ({ parent }) => parent),
      worker: memoryOf(whole.samples, ({ worker }) => worker),
      bytes: statSync(join(cwd, "whole.jsonl")).size,
      ...killed,
      repeated: startsOf(join(cwd, "killed")).length - conversations,
      same: readFileSync(join(cwd, "whole.jsonl")).equals(readFileSync(join(cwd, "killed.jsonl"))),
    };
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

/** Each conversation is another one, of 5 to 9 words. */
function manifest(count: number): string {
  const line = (i: number): string => {
    const content = `${VERBS[i % VERBS.length]} the ${THINGS[i % THINGS.length]} ${i}`;
    return JSON.stringify({
      id: `c${i}`,
      model: { connector: "transformers-text", repo: "embedded:nano", device: "cpu" },
      messages: [{ role: "user", content }],
      explain: { players: "word" },
    });
  };
  return Array.from({ length: count }, (_, i) => `${line(i)}\n`).join("");
}

/** Kills the whole batch, workers and all, at random moments until it has been killed so often, then lets it end. */
async function runKilled(args: readonly string[], cwd: string, { kills, seed, seconds }: { kills: number; seed: number; seconds: number }) {
  const rng = createRng(seed).fork("kills");
  const cache = join(cwd, "cache-killed");
  let [done, runs] = [0, 0];
  for (;;) {
    // Long enough to get anywhere, short enough that something is left for each; starting anew takes its time from each, too.
    const killMs = 300 + rng.float() * ((1_000 * seconds) / (kills + 2));
    const ended: Ended = await runTool(args, { cwd, cache, ...(done < kills ? { killMs } : {}) });
    runs++;
    if (ended.code === null) done++;
    else if (ended.code === 0) return { kills: done, runs };
    else throw new Error(`a run failed with exit code ${ended.code}: ${ended.stderr}`);
  }
}

/** When conversations of a batch in one shard were begun, in milliseconds. */
function startsOf(folder: string): readonly number[] {
  const lines = readFileSync(join(folder, "attempts-0-of-1.jsonl"), "utf8").split("\n");
  return lines.flatMap((line) => {
    const started = /"started":"([^"]+)"/.exec(line)?.[1];
    return started === undefined ? [] : [Date.parse(started)];
  });
}

function paceOf(starts: readonly number[]): readonly number[] {
  const [first = 0, last = 0] = [starts[0], starts.at(-1)];
  const seconds = (last - first) / 1000 / FIFTHS;
  return Array.from(
    { length: FIFTHS },
    (_, i) => starts.filter((at) => Math.min(FIFTHS - 1, Math.floor((FIFTHS * (at - first)) / (last - first))) === i).length / seconds,
  );
}

function memoryOf(samples: readonly Sample[], of: (sample: Sample) => number): Memory {
  const end = samples.at(-1)?.at ?? 0;
  const median = (from: number, to: number): number => {
    const values = samples
      .filter(({ at }) => at >= from * end && at <= to * end)
      .map(of)
      .sort((a, b) => a - b);
    return values[Math.floor(values.length / 2)] ?? 0;
  };
  return {
    fifths: Array.from({ length: FIFTHS }, (_, i) => median(i / FIFTHS, (i + 1) / FIFTHS)),
    highest: samples.reduce((most, sample) => Math.max(most, of(sample)), 0),
    samples: samples.length,
  };
}

const FIFTHS = 5;
