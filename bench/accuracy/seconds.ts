import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { ours, pythonLoop, type Way } from "../real/ways.js";
import { promptsOf, type Question, workOf } from "../real/works.js";
import type { AccuracyOptions } from "./options.js";

/** Coalitions that a loop is timed with: all coalitions take as long but for their lengths, of which these are a sample. */
const [FEW, MANY] = [8, 72];
/** Tokens of the answer, as the game was recorded. */
const MAX_NEW_TOKENS = 16;

/** How many coalitions, and who asks the model. */
interface Asked {
  readonly loops: boolean;
  readonly coalitions: number;
}

/**
 * Seconds from a process's start to its last value: ours are measured, those of a loop over transformers are what its start takes and as much for each coalition as for each
 * of a few.
 * @returns of every one, null where the model or the loop is not given.
 */
export async function secondsOf(
  question: string,
  asked: readonly Asked[],
  { folder, python, weights }: Pick<AccuracyOptions, "folder" | "python" | "weights">,
): Promise<readonly (number | null)[]> {
  if (folder === undefined) return asked.map(() => null);
  const model = resolve(folder);
  const scratch = mkdtempSync(join(tmpdir(), "mllm-shap-accuracy-"));
  try {
    const loop = python === undefined ? null : await loopSeconds(question, model, { python, weights: resolve(weights ?? folder) }, scratch);
    return asked.map(({ loops, coalitions }) => {
      if (loops) return loop === null ? null : loop(coalitions);
      const work = workOf(model, { ...asking(question), sampler: "auto", budget: coalitions });
      return seconds(ours(work, scratch));
    });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function loopSeconds(
  question: string,
  model: string,
  { python, weights }: { readonly python: string; readonly weights: string },
  scratch: string,
): Promise<(coalitions: number) => number> {
  const work = workOf(model, asking(question));
  const { graph, vocabulary, prompts, ...end } = await promptsOf(work, model);
  const timed = (count: number): number => {
    // Evenly through all sizes; the whole question last.
    const some = Array.from({ length: count }, (_, at) => prompts[Math.floor(((at + 1) * prompts.length) / count) - 1] ?? []);
    const task = {
      ...end,
      maxNewTokens: MAX_NEW_TOKENS,
      prompts: some,
      folder: model,
      path: join(model, graph),
      payoff: "likelihood" as const,
      weights,
    };
    return seconds(pythonLoop(python, task, scratch));
  };
  // Whose files have been read before.
  timed(FEW);
  const [few, many] = [timed(FEW), timed(MANY)];
  const each = (many - few) / (MANY - FEW);
  console.error(`loop over transformers (torch): ${few.toFixed(1)} s for ${FEW} coalitions, ${many.toFixed(1)} s for ${MANY}`);
  return (coalitions) => few + (coalitions - FEW) * each;
}

const asking = (question: string): Question => ({
  name: "question",
  payoff: "likelihood",
  question,
  system: null,
  maxNewTokens: MAX_NEW_TOKENS,
});

function seconds(way: Way): number {
  const started = performance.now();
  way.run();
  return (performance.now() - started) / 1000;
}
