import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Result } from "../../src/results/result_schema.js";
import { inRepository } from "../shared/root.js";
import type { LoopTask } from "./loop.js";
import type { RealOptions } from "./options.js";
import { promptsOf, type Work, works } from "./works.js";

/*
 * Whole processes from their start to their last value, one way after the other, several times over: what a user waits for. All ways use the
 * same weights, prompts and length of answer, and must give the same answer and the same value of the whole conversation.
 */

const NANO = fileURLToPath(inRepository("fixtures/models/nano/text"));
/** Of log-probabilities: another order of summing. */
const ROUNDING = 1e-4;

interface Found {
  /** Tokens of the answer to the whole conversation. */
  readonly tokens: number;
  /** Value of the whole conversation. */
  readonly whole: number;
}

interface Way {
  readonly name: string;
  /** In a process of its own. */
  run(): Found;
}

export async function run({ folder = NANO, rounds, quick }: RealOptions & { readonly quick: boolean }): Promise<void> {
  const model = resolve(folder);
  console.log(`| ${["work", "coalitions", "way", "seconds (median)", "of all rounds", "× ours"].join(" | ")} |\n|---|---|---|---|---|---|`);
  for (const work of works(model, quick)) {
    const scratch = mkdtempSync(join(tmpdir(), "mllm-shap-real-"));
    try {
      await compare(work, model, scratch, quick ? 1 : rounds);
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  }
}

async function compare(work: Work, model: string, scratch: string, rounds: number): Promise<void> {
  const { graph, ...prompts } = await promptsOf(work, model);
  const task: LoopTask = { ...prompts, folder: model, path: join(model, graph), payoff: work.payoff };
  const ways: readonly Way[] = [
    ours(work, scratch),
    loop("a loop over onnxruntime", "onnxruntime_loop", task, scratch),
    loop("a loop over transformers.js", "transformers_loop", task, scratch),
  ];
  const times = ways.map((): number[] => []);
  const found: Found[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const [i, way] of ways.entries()) {
      const started = performance.now();
      found[i] = way.run();
      times[i]?.push((performance.now() - started) / 1000);
    }
  }
  requireSame(work, found);
  const own = median(times[0] ?? []);
  for (const [i, { name }] of ways.entries()) {
    const all = times[i] ?? [];
    const cells = [
      work.name,
      task.prompts.length,
      name,
      median(all).toFixed(1),
      all.map((s) => s.toFixed(1)).join(", "),
      (median(all) / own).toFixed(1),
    ];
    console.log(`| ${cells.join(" | ")} |`);
  }
}

function ours({ spec, payoff }: Work, scratch: string): Way {
  const [path, out] = [join(scratch, "spec.json"), join(scratch, "out.json")];
  writeFileSync(path, JSON.stringify(spec));
  return {
    name: "mllm-shap explain",
    run: () => {
      execute([fileURLToPath(inRepository("bin/mllm-shap.js")), "explain", path, "--no-cache", "--allow-outside", "-q", "-o", out]);
      const result = JSON.parse(readFileSync(out, "utf8")) as Result;
      const tokens = result.response.tokens.length;
      return { tokens, whole: payoff === "tfidf" ? tokens : result.payoff.full };
    },
  };
}

function loop(name: string, file: string, task: LoopTask, scratch: string): Way {
  const path = join(scratch, "task.json");
  writeFileSync(path, JSON.stringify(task));
  return {
    name,
    run: () => {
      const { answer, last } = JSON.parse(execute([fileURLToPath(new URL(`./${file}.js`, import.meta.url)), path])) as {
        readonly answer: readonly number[];
        readonly last: number;
      };
      return { tokens: answer.length, whole: last };
    },
  };
}

function execute(argv: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { encoding: "utf8", maxBuffer: 2 ** 28 });
  if (status !== 0) throw new Error(`${argv[0]} failed: ${stderr.trim()}`);
  return stdout;
}

/** Ways that do not compute the same thing must not be compared. */
function requireSame({ name }: Work, [first, ...others]: readonly Found[]): void {
  for (const other of others) {
    if (first === undefined || other.tokens !== first.tokens || Math.abs(other.whole - first.whole) > ROUNDING)
      throw new Error(`${name}: the ways differ: ${JSON.stringify([first, other])}`);
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}
