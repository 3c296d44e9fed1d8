import { existsSync } from "node:fs";
import { join } from "node:path";
import { inChild } from "../shared/child.js";
import { RANDOM_28M, TINY, writeModelFolder } from "../shared/random_model.js";
import { MODELS } from "../shared/root.js";
import type { MemoryTask, Peak } from "./child.js";

/** 2,000 tokens, the last 200 of them players, each measured in a process of its own. */
const FULL = { name: "28m", shape: RANDOM_28M, before: 1795, players: 200, coalitions: 64, limits: [256, 1024] } as const;
const QUICK = { name: "tiny", shape: TINY, before: 95, players: 20, coalitions: 8, limits: [256] } as const;

export function run(quick: boolean): void {
  const { name, shape, limits, ...size } = quick ? QUICK : FULL;
  const folder = join(MODELS, name);
  if (!existsSync(join(folder, "config.json"))) writeModelFolder(folder, shape);
  console.log("| payoff | --memory | model loaded, MiB | on top of it, MiB |\n|---|---|---|---|");
  for (const payoff of ["likelihood", "generated"] as const) {
    for (const limit of limits) {
      const task: MemoryTask = { folder, vocabulary: shape.vocabulary, payoff, limit, ...size };
      const { loaded, over } = inChild(new URL("child.js", import.meta.url), task) as Peak;
      console.log(`| ${payoff} | ${limit} MiB | ${loaded.toFixed(0)} | ${over.toFixed(0)} |`);
    }
  }
}
