import { readFileSync } from "node:fs";
import type { Prompts, Work } from "./works.js";

/** What a loop's process is told. */
export interface LoopTask extends Omit<Prompts, "graph" | "vocabulary"> {
  readonly folder: string;
  /** Of the graph, absolute. */
  readonly path: string;
  readonly payoff: Work["payoff"];
  /** Folder of the same weights as the Python library reads them. */
  readonly weights: string;
}

/** What a loop's process tells. */
export interface LoopFound {
  /** Of all coalitions where all are generated, else of the whole conversation alone. */
  readonly answers: readonly (readonly number[])[];
  /** Of all coalitions in their order: payoffs, or lengths of answers. */
  readonly values: readonly number[];
}

/** In a loop's process: what it is told, from the file that it is given. Prompts are too long for an argument. */
export function loopTask(): LoopTask {
  return JSON.parse(readFileSync(process.argv[2] as string, "utf8")) as LoopTask;
}
