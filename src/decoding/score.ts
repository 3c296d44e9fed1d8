import { int32At, itemAt } from "../util/elements.js";
import { choosePrefill } from "./batch_size.js";
import type { Embed } from "./graph.js";
import { leastWidth, partsOfSimilar } from "./length_groups.js";
import { type Feeder, prefill } from "./prefill.js";
import { pastsOf, shareStarts } from "./prefix_sharing.js";

export interface ForcedOptions {
  /** Ids fed after every prompt; outputs are given from the prompt's last position on. */
  readonly continuation: Int32Array;
  readonly sharedPrefix: number | null;
  /** As `SharingOptions`. */
  readonly branch?: number | null | undefined;
  readonly wantHidden?: boolean;
  /** Of each step the token whose log-probability is wanted: logits themselves may then not be there. @default logits are wanted */
  readonly targets?: Int32Array;
  readonly signal?: AbortSignal | undefined;
  /** Of this call alone, for an `inputs_embeds` graph. @default the engine's */
  readonly embed?: Embed | undefined;
  /**
   * Outputs of steps `[first, first + count)` of the given prompts; step 0 is the prompt's last position, step t the position
   * of the t-th continuation id (t from 1).
   */
  visit(chunk: ForcedChunk): void | Promise<void>;
  readonly onDone?: (request: number) => void;
}

export interface ForcedChunk {
  readonly requests: readonly number[];
  readonly first: number;
  readonly count: number;
  readonly logits: Float32Array;
  readonly vocabulary: number;
  readonly hidden: Float32Array | null;
  /** As `PassResult`'s, of the row-th prompt's step `first + t`. */
  logProbability(row: number, t: number, id: number): number;
  /** Index of the vector, in both arrays, of the row-th prompt's step `first + t`. */
  at(row: number, t: number): number;
}

/** Teacher forcing: every prompt with the same continuation in one pass, or in a few where the logits would not fit. */
export async function force(feeder: Feeder, prompts: readonly Int32Array[], options: ForcedOptions): Promise<void> {
  const { can, size, limits } = feeder;
  const steps = options.continuation.length + 1;
  const lengthOf = (request: number): number => (prompts[request] as Int32Array).length;
  for (const group of shareStarts(feeder, prompts, { ...options, ragged: can.raggedPasses })) {
    const { past } = group;
    const shape = {
      past,
      shared: await group.shared(),
      fed: leastWidth(group.length + steps - 1, past, can.raggedPasses) - past,
      logits: steps,
      grow: 0,
    };
    const plan = choosePrefill(can, size, shape, limits);
    const start = plan.kind === "whole" ? 0 : past;
    for (const requests of partsOfSimilar(group.members, plan.rows, (request) => lengthOf(request) + steps - 1 - start)) {
      const [shortest, longest] = [lengthOf(itemAt(requests, 0)), lengthOf(itemAt(requests, requests.length - 1))];
      const rows = {
        prompts,
        requests,
        width: leastWidth(longest + steps - 1, start, can.raggedPasses),
        continuation: options.continuation,
      };
      // Rows of different lengths are fed in one pass, in which each has its first step a few positions behind that of the shortest.
      const behind = requests.map((request) => lengthOf(request) - shortest);
      await prefill(feeder, rows, await pastsOf(group, plan, requests), plan, {
        keepFrom: shortest - 1,
        last: true,
        wantHidden: options.wantHidden === true,
        ...targetsOf(options, (row, position) => position - shortest + 1 - itemAt(behind, row)),
        signal: options.signal,
        visit: (result, first, count) =>
          options.visit({
            requests,
            first: first - shortest + 1,
            count: Math.min(count, steps),
            logits: result.logits,
            vocabulary: result.vocabulary,
            hidden: result.hidden,
            at: (row, t) => result.at(row, itemAt(behind, row) + t),
            logProbability: (row, t, id) => result.logProbability(row, itemAt(behind, row) + t, id),
          }),
      });
      for (const request of requests) options.onDone?.(request);
    }
  }
}

/** @param stepOf a row's position as a step; padding has none. */
function targetsOf(
  { targets }: ForcedOptions,
  stepOf: (row: number, position: number) => number,
): { readonly target?: (row: number, position: number) => number } {
  return targets === undefined ? {} : { target: (row, position) => targets[stepOf(row, position)] ?? 0 };
}

export interface ScoreTargets {
  readonly targets: Int32Array;
  readonly sharedPrefix: number | null;
  readonly branch?: number | null | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly embed?: Embed | undefined;
  readonly onResult?: (request: number, logProbabilities: Float64Array) => void;
}

/** Natural log-probability of every target after each prompt, teacher-forced; sums over the vocabulary in float64, or over parts of it where the graph takes them (`pickedHead`). */
export async function scoreTargets(
  feeder: Feeder,
  prompts: readonly Int32Array[],
  options: ScoreTargets,
): Promise<readonly Float64Array[]> {
  const { targets } = options;
  const scores = prompts.map(() => new Float64Array(targets.length));
  const done = (request: number): void => options.onResult?.(request, scores[request] as Float64Array);
  if (targets.length === 0) {
    for (const request of scores.keys()) done(request);
    return scores;
  }
  await force(feeder, prompts, {
    continuation: targets.subarray(0, targets.length - 1),
    targets,
    sharedPrefix: options.sharedPrefix,
    branch: options.branch,
    signal: options.signal,
    embed: options.embed,
    visit: ({ requests, first, count, logProbability }) => {
      requests.forEach((request, row) => {
        const out = scores[request] as Float64Array;
        for (let t = 0; t < count; t++) out[first + t] = logProbability(row, t, int32At(targets, first + t));
      });
    },
    onDone: done,
  });
  return scores;
}
