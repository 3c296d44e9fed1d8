import { readFileSync } from "node:fs";
import type { Prompts, Work } from "./works.js";

/** What a loop's process is told. */
export interface LoopTask extends Omit<Prompts, "graph"> {
  readonly folder: string;
  /** Of the graph, absolute. */
  readonly path: string;
  readonly payoff: Work["payoff"];
}

/** In a loop's process: what it is told, from the file that it is given. Prompts are too long for an argument. */
export function loopTask(): LoopTask {
  return JSON.parse(readFileSync(process.argv[2] as string, "utf8")) as LoopTask;
}
