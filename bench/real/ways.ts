import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Result } from "../../src/results/result_schema.js";
import { inRepository } from "../shared/root.js";
import type { LoopFound, LoopTask } from "./loop.js";
import type { Work } from "./works.js";

/** What a way came to. */
export interface Found {
  /** Tokens of the answer to the whole conversation. */
  readonly tokens: number;
  /** Value of the whole conversation. */
  readonly whole: number;
  /** Shapley values, where they are told. */
  readonly shapley?: readonly number[] | undefined;
  /** Of every coalition and answer, where a way tells them. */
  readonly loop?: LoopFound | undefined;
}

/** A way to explain a work, in a process of its own. */
export interface Way {
  readonly name: string;
  run(): Found;
}

export function ours({ spec, payoff }: Work, scratch: string): Way {
  const [path, out] = [join(scratch, "spec.json"), join(scratch, "out.json")];
  writeFileSync(path, JSON.stringify(spec));
  return {
    name: "`mllm-shap explain`",
    run: () => {
      const bin = fileURLToPath(inRepository("bin/mllm-shap.js"));
      execute(process.execPath, [bin, "explain", path, "--no-cache", "--allow-outside", "-q", "-o", out]);
      const result = JSON.parse(readFileSync(out, "utf8")) as Result;
      const tokens = result.response.tokens.length;
      const shapley = result.players.map(({ value }) => value);
      return { tokens, whole: payoff === "tfidf" ? tokens : result.payoff.full, shapley };
    },
  };
}

/** A loop in TypeScript. @param file of this folder, without its ending */
export function loop(name: string, file: string, task: LoopTask, scratch: string): Way {
  return looped(name, process.execPath, fileURLToPath(new URL(`./${file}.js`, import.meta.url)), task, scratch);
}

/** The loop in Python. */
export function pythonLoop(python: string, task: LoopTask, scratch: string): Way {
  return looped("loop over transformers (torch)", python, fileURLToPath(inRepository("bench/real/transformers_loop.py")), task, scratch);
}

function looped(name: string, program: string, script: string, task: LoopTask, scratch: string): Way {
  const path = join(scratch, "task.json");
  writeFileSync(path, JSON.stringify(task));
  return {
    name,
    run: () => {
      const found = JSON.parse(execute(program, [script, path])) as LoopFound;
      return { tokens: found.answers.at(-1)?.length ?? 0, whole: found.values.at(-1) ?? Number.NaN, loop: found };
    },
  };
}

function execute(program: string, argv: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, argv, { encoding: "utf8", maxBuffer: 2 ** 28 });
  if (error !== undefined) throw new Error(`${program} cannot be started: ${error.message}`);
  if (status !== 0) throw new Error(`${argv[0]} failed: ${stderr.trim()}`);
  return stdout;
}
