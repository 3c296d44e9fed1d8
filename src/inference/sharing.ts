import { type CacheRow, rowsOf } from "./cache.js";
import { commonPrefix, type Group, groupByLength, parts } from "./groups.js";
import { type PrefillPlan, rowsPerBatch } from "./plan.js";
import { type Feeder, prefill } from "./prefill.js";
import { branchDepth, type Classes } from "./stems.js";

export interface SharingOptions {
  /** Leading tokens that all prompts are known to share; null = as many as these prompts do. */
  readonly sharedPrefix: number | null;
  readonly signal?: AbortSignal | undefined;
}

/** Prompts that one plan serves: equal length, and as many tokens that are fed once for several prompts. */
export interface SharedGroup extends Group {
  /** Tokens of each row that come from a cache; at least one is left to feed. */
  readonly past: number;
  stem(request: number): Promise<CacheRow>;
}

/**
 * Groups prompts by length, each with the start that it shares with others: the common prefix, fed once, and, where that
 * saves work, a stem of a few tokens more, fed once for all prompts that go on with it. In an exact enumeration each
 * stem serves many coalitions.
 */
export function shareStarts(feeder: Feeder, prompts: readonly Int32Array[], options: SharingOptions): readonly SharedGroup[] {
  const prefix = feeder.share ? (options.sharedPrefix ?? commonPrefix(prompts)) : 0;
  const usable = (prompt: Int32Array): number => Math.max(0, Math.min(prefix, prompt.length - 1));
  const prefixOf = (prompt: Int32Array): Int32Array => prompt.subarray(0, usable(prompt));
  const depth =
    feeder.share && feeder.can.chunkBatch && feeder.can.rowsIndependent ? branchDepth(prompts, prefix, stemLimit(feeder, prefix)) : null;
  const stems = depth === null ? null : new Stems(feeder, prompts, prefixOf, depth, options.signal);
  const groups: SharedGroup[] = [];
  for (const { length } of groupByLength(prompts)) {
    const same = new Map<string, number[]>();
    prompts.forEach((prompt, i) => {
      if (prompt.length !== length) return;
      const stem = depth?.classes[i] ?? -1;
      const key = stem >= 0 ? "stem" : prefixOf(prompt).join();
      const members = same.get(key) ?? [];
      members.push(i);
      same.set(key, members);
    });
    for (const [key, members] of same) {
      const onStem = key === "stem" && stems !== null && depth !== null;
      const past = onStem ? prefix + depth.depth : usable(prompts[members[0] as number] as Int32Array);
      const stem = (request: number): Promise<CacheRow> =>
        onStem ? stems.row(request) : prefixRow(feeder, prefixOf(prompts[request] as Int32Array), options.signal);
      groups.push({ length, members, past, stem });
    }
  }
  return groups;
}

/** What is already cached of each row, where the plan uses it. */
export async function pastsOf(group: SharedGroup, plan: PrefillPlan, requests: readonly number[]): Promise<readonly CacheRow[] | null> {
  if (plan.kind === "whole") return null;
  const rows: CacheRow[] = [];
  for (const request of requests) rows.push(await group.stem(request));
  return rows;
}

async function prefixRow(feeder: Feeder, prefix: Int32Array, signal: AbortSignal | undefined): Promise<CacheRow> {
  const cache = await feeder.snapshots.get(feeder, prefix, signal);
  return { cache, row: 0, length: cache.length };
}

/** Stems whose caches fit a quarter of the memory. */
function stemLimit({ size, limits }: Feeder, prefix: number): (depth: number) => number {
  return (depth) => Math.floor(limits.memory / 4 / Math.max(1, size.stateBytes + size.cacheBytesPerToken * (prefix + depth)));
}

/** Caches of the stems, all made when the first is asked for. */
class Stems {
  private made: Promise<readonly CacheRow[]> | null = null;

  constructor(
    private readonly feeder: Feeder,
    private readonly prompts: readonly Int32Array[],
    private readonly prefixOf: (prompt: Int32Array) => Int32Array,
    private readonly classes: Classes,
    private readonly signal: AbortSignal | undefined,
  ) {}

  async row(request: number): Promise<CacheRow> {
    this.made ??= this.make();
    return (await this.made)[this.classes.classes[request] as number] as CacheRow;
  }

  private async make(): Promise<readonly CacheRow[]> {
    const { feeder, prompts, signal } = this;
    const { depth, first } = this.classes;
    const rows: CacheRow[] = [];
    const past = this.prefixOf(prompts[first[0] as number] as Int32Array).length;
    const most = rowsPerBatch(feeder.size, { past, fed: depth, logits: feeder.can.logitsToKeep ? 1 : depth, grow: 0 }, feeder.limits);
    for (const requests of parts(first, most)) {
      const stems = requests.map((request) => (prompts[request] as Int32Array).subarray(0, past + depth));
      const pasts: CacheRow[] = [];
      for (const request of requests) pasts.push(await prefixRow(feeder, this.prefixOf(prompts[request] as Int32Array), signal));
      const options = { keepFrom: past + depth, signal, visit: () => undefined };
      const cache = await prefill(feeder, stems, pasts, { kind: "tiled", rows: most }, options);
      rows.push(...rowsOf(cache));
    }
    return rows;
  }
}
