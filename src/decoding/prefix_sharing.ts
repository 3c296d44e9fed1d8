import { type CacheRow, type RowCache, rowsOf, startLength } from "../onnx/row_cache.js";
import { append, joinIds } from "../util/arrays.js";
import { int32At, itemAt } from "../util/elements.js";
import { branchDepth, type Classes, classesAt, startsWith } from "../util/prefix_classes.js";
import { type ModelSize, type PrefillPlan, rowsPerBatch } from "./batch_size.js";
import { commonPrefix, type Group, groupByLength, parts, sortByLength } from "./length_groups.js";
import { type Feeder, prefill } from "./prefill.js";
import type { SharingRows } from "./shared_start.js";

export interface SharingOptions {
  /** Leading tokens that all prompts are known to share; null = as many as these prompts do. */
  readonly sharedPrefix: number | null;
  /** Tokens after them up to which prompts that start alike are fed once; null = as these prompts are best fed. */
  readonly branch?: number | null | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Prompts of different lengths may be fed together. @default false */
  readonly ragged?: boolean;
  /** What is fed behind each prompt in one pass, after which no caches are wanted: starts of such rows may stand once. @default more than one pass */
  readonly continuation?: Int32Array | undefined;
}

/** Prompts that one plan serves: equal length unless they may be ragged, and as many tokens that are fed once for several prompts. */
export interface SharedGroup extends Group {
  /** Tokens of each row that come from a cache; at least one is left to feed. */
  readonly past: number;
  pasts(requests: readonly number[]): Promise<readonly CacheRow[]>;
  /** Tokens of it that stand once for all rows. */
  shared(): Promise<number>;
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
  const sharing = rowsToShare(prompts, options.continuation);
  const { classes, held } = stemsOf(feeder, prompts, prefix, { branch: options.branch ?? null, sharing });
  const groups: SharedGroup[] = [];
  const byLength = options.ragged === true ? sortByLength(prompts) : groupByLength(prompts);
  // As many stems at a time as memory holds; those before them are done with.
  let before: Stems | null = null;
  for (let from = 0; classes !== null && from < classes.first.length; from += held) {
    const some = (request: number): boolean => {
      const kind = classes.classes[request] ?? -1;
      return kind >= from && kind < from + held;
    };
    const stems: Stems = new Stems(feeder, { prompts, prefixOf, classes, from, held, before, sharing, signal: options.signal });
    before = stems;
    for (const { members } of byLength) {
      const onStem = members.filter(some);
      const length = longest(prompts, onStem);
      if (onStem.length > 0)
        groups.push({
          length,
          members: onStem,
          past: prefix + classes.depth,
          pasts: (requests) => stems.rows(requests),
          shared: () => stems.shared(),
        });
    }
  }
  for (const { members } of byLength) {
    const others = members.filter((i) => (classes?.classes[i] ?? -1) < 0);
    for (const same of bySamePrefix(others, prompts, prefixOf)) {
      const start = prefixOf(prompts[itemAt(same, 0)] as Int32Array);
      const row = (): Promise<CacheRow> => prefixRow(feeder, start, sharing, options.signal);
      const pasts = async (requests: readonly number[]): Promise<readonly CacheRow[]> => {
        const one = await row();
        return requests.map(() => one);
      };
      const shared = async (): Promise<number> =>
        feeder.snapshots.shares(feeder, start.length, sharing) === 0 ? 0 : startLength((await row()).cache);
      groups.push({ length: longest(prompts, same), members: same, past: start.length, pasts, shared });
    }
  }
  return groups;
}

/** null where caches go on after the rows. */
function rowsToShare(prompts: readonly Int32Array[], continuation: Int32Array | undefined): SharingRows | null {
  const [first] = prompts;
  if (continuation === undefined || first === undefined) return null;
  const last = prompts.reduce((most, prompt) => (prompt.length > most.length ? prompt : most), first);
  return { count: prompts.length, longest: joinIds([last, continuation]) };
}

/** @param members the shortest first. */
function longest(prompts: readonly Int32Array[], members: readonly number[]): number {
  return prompts[members.at(-1) ?? -1]?.length ?? 0;
}

/** The classes of prompts that start alike, where they are fed so, and how many stems are held at a time. */
function stemsOf(
  feeder: Feeder,
  prompts: readonly Int32Array[],
  prefix: number,
  { branch, sharing }: { readonly branch: number | null; readonly sharing: SharingRows | null },
): { readonly classes: Classes | null; readonly held: number } {
  const copied = prefix - feeder.snapshots.shares(feeder, prefix, sharing);
  const limit = stemLimit(feeder, copied);
  const able = feeder.share && feeder.can.chunkBatch && feeder.can.rowsIndependent;
  const found = !able ? null : branch === null ? branchDepth(prompts, prefix, limit) : classesAt(prompts, prefix, branch);
  const classes = found !== null && stemsPay(feeder.size, copied, found.depth) ? found : null;
  return { classes, held: classes === null ? 1 : Math.max(1, limit(classes.depth)) };
}

/** Multiply-adds in whose time a core copies a byte of a cache, its share of what fresh memory costs included. */
const WORK_PER_COPIED_BYTE = 30;
/** A stem's cache is made of the prefix's, and grown. */
const STEM_COPIES = 2;
/** Bytes of a cache that are copied in no time beside a pass. */
const SMALL_CACHE = 2 ** 18;

/** Rows that go on with a stem, where nobody may look how many do: where rows are cut must not depend on which of them are asked at a time. */
const ROWS_OF_A_STEM = 4;

/**
 * Whether feeding stems once saves more than their caches cost, which a long prefix makes large.
 * @param prefix tokens of it that every row has a copy of.
 * @param depth tokens of a stem behind the prefix.
 */
export function stemsPay(size: ModelSize, prefix: number, depth: number): boolean {
  const bytes = size.stateBytes + size.cacheBytesPerToken * (prefix + depth);
  const tokens = (STEM_COPIES * Math.max(0, bytes - SMALL_CACHE) * WORK_PER_COPIED_BYTE) / size.parameters;
  return tokens <= ROWS_OF_A_STEM * depth;
}

/** Nearly always one class, which is found by looking, not by hashing: prefixes may be long. */
function bySamePrefix(
  members: readonly number[],
  prompts: readonly Int32Array[],
  prefixOf: (prompt: Int32Array) => Int32Array,
): readonly (readonly number[])[] {
  const classes: { readonly prefix: Int32Array; readonly members: number[] }[] = [];
  for (const i of members) {
    const prompt = prompts[i] as Int32Array;
    const own = prefixOf(prompt);
    const same = classes.find(({ prefix }) => prefix.length === own.length && startsWith(prompt, prefix));
    if (same === undefined) classes.push({ prefix: own, members: [i] });
    else same.members.push(i);
  }
  return classes.map((one) => one.members);
}

/** What is already cached of each row, where the plan uses it. */
export async function pastsOf(group: SharedGroup, plan: PrefillPlan, requests: readonly number[]): Promise<readonly CacheRow[] | null> {
  return plan.kind === "whole" ? null : group.pasts(requests);
}

async function prefixRow(
  feeder: Feeder,
  prefix: Int32Array,
  sharing: SharingRows | null,
  signal: AbortSignal | undefined,
): Promise<CacheRow> {
  const cache = await feeder.snapshots.get(feeder, prefix, sharing, signal);
  return { cache, row: 0, length: cache.length };
}

/** Stems whose caches fit a quarter of the memory. */
function stemLimit({ size, limits }: Feeder, prefix: number): (depth: number) => number {
  return (depth) => Math.floor(limits.memory / 4 / Math.max(1, size.stateBytes + size.cacheBytesPerToken * (prefix + depth)));
}

interface StemsOptions {
  readonly prompts: readonly Int32Array[];
  readonly prefixOf: (prompt: Int32Array) => Int32Array;
  readonly classes: Classes;
  /** Classes `[from, from + held)`. */
  readonly from: number;
  readonly held: number;
  /** Needed no more once these are made. */
  readonly before: Stems | null;
  readonly sharing: SharingRows | null;
  readonly signal: AbortSignal | undefined;
}

/** Caches of stems, all made when the first is asked for. */
class Stems {
  private made: Promise<readonly CacheRow[]> | null = null;
  private readonly caches: RowCache[] = [];

  constructor(
    private readonly feeder: Feeder,
    private readonly options: StemsOptions,
  ) {}

  async rows(requests: readonly number[]): Promise<readonly CacheRow[]> {
    this.made ??= this.make();
    const made = await this.made;
    const { classes, from } = this.options;
    return requests.map((request) => made[int32At(classes.classes, request) - from] as CacheRow);
  }

  async shared(): Promise<number> {
    this.made ??= this.make();
    const [row] = await this.made;
    return row === undefined ? 0 : startLength(row.cache);
  }

  private async make(): Promise<readonly CacheRow[]> {
    const { feeder } = this;
    const { prompts, prefixOf, classes, from, held, before, sharing, signal } = this.options;
    before?.drop();
    const { depth } = classes;
    const first = classes.first.slice(from, from + held);
    const rows: CacheRow[] = [];
    const prefix = prefixOf(prompts[itemAt(first, 0)] as Int32Array);
    const past = prefix.length;
    const shared = feeder.snapshots.shares(feeder, past, sharing);
    const shape = { past, shared, fed: depth, logits: feeder.can.logitsToKeep ? 1 : depth, grow: 0 };
    const most = rowsPerBatch(feeder.size, shape, feeder.limits);
    for (const requests of parts(first, most)) {
      // All that take part start with the same prefix.
      const row = await prefixRow(feeder, prefix, sharing, signal);
      const pasts = requests.map(() => row);
      const stems = { prompts, requests, width: past + depth };
      const options = { keepFrom: past + depth, signal, visit: () => undefined };
      const cache = await prefill(feeder, stems, pasts, { kind: "tiled", rows: most }, options);
      this.caches.push(cache);
      append(rows, rowsOf(cache));
    }
    return rows;
  }

  private drop(): void {
    for (const cache of this.caches.splice(0)) this.feeder.graph.recycle(cache);
  }
}
