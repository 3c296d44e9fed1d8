import { type Cache, gatherRows } from "./cache.js";
import { groupPrompts, parts, stack } from "./groups.js";
import { choosePrefill, rowsPerBatch } from "./plan.js";
import { breathe, type Feeder, prefill } from "./prefill.js";

/** What `StepPolicy.advance` gives for a row that is done. */
export const END = -0x80000000;

/** Outputs at the last position of each row. */
export interface Step {
  /** Rows that are still going: which prompt each belongs to, and where its outputs stand. */
  readonly active: readonly { readonly request: number; readonly row: number }[];
  /** `[rows, vocabulary]` */
  readonly logits: Float32Array;
  readonly vocabulary: number;
  /** `[rows, hidden]`, where the policy wants it. */
  readonly hidden: Float32Array | null;
}

/** Chooses what each row is fed next: where greedy, sampled and audio decoding differ. */
export interface StepPolicy {
  readonly wantHidden?: boolean;
  /** One id an active row, `END` where the row is done. */
  advance(step: Step): Int32Array | Promise<Int32Array>;
}

export interface DecodeOptions {
  readonly policy: StepPolicy;
  /** Steps that a row may take at most: sizes the batches. */
  readonly maxSteps: number;
  /** Leading tokens that all prompts are known to share; null = find out. */
  readonly sharedPrefix: number | null;
  readonly signal?: AbortSignal | undefined;
  /** A row is done. */
  readonly onDone?: (request: number) => void;
}

/** Decodes every prompt until its policy ends it. Rows of a batch have equal lengths and never see padding. */
export async function decode(feeder: Feeder, prompts: readonly Int32Array[], options: DecodeOptions): Promise<void> {
  const { can, size, limits } = feeder;
  for (const group of groupPrompts(prompts, options.sharedPrefix)) {
    const past = group.prefix.length;
    const shape = { past, fed: group.length - past, logits: 1, grow: options.maxSteps };
    const plan = choosePrefill(can, size, shape, limits);
    const together = can.cache ? can.stepBatch : can.batch;
    const stepShape = { past: group.length, fed: can.cache ? 1 : group.length + options.maxSteps, logits: 1, grow: options.maxSteps };
    const rows = together ? rowsPerBatch(size, stepShape, limits) : 1;
    for (const members of parts(group.members, rows)) {
      const batch = new Batch(feeder, options, members, prompts);
      await batch.prefill(group.prefix, plan);
      await batch.run();
    }
  }
}

interface Row {
  readonly request: number;
  /** All ids so far: needed only by graphs that take no past. */
  ids: Int32Array;
}

/** Rows that are stepped together. */
class Batch {
  private rows: readonly (Row | null)[];
  private cache: Cache;
  private logits: Float32Array = new Float32Array(0);
  private hidden: Float32Array | null = null;
  private vocabulary = 0;

  constructor(
    private readonly feeder: Feeder,
    private readonly options: DecodeOptions,
    members: readonly number[],
    prompts: readonly Int32Array[],
  ) {
    this.rows = members.map((request) => ({ request, ids: prompts[request] as Int32Array }));
    this.cache = feeder.graph.empty(0);
  }

  async prefill(prefix: Int32Array, plan: Parameters<typeof prefill>[3]): Promise<void> {
    const caches: Cache[] = [];
    const logits: Float32Array[] = [];
    const hidden: Float32Array[] = [];
    for (const part of parts(this.rows as readonly Row[], plan.rows)) {
      const ids = part.map((row) => row.ids);
      const keepFrom = (ids[0] as Int32Array).length - 1;
      const cache = await prefill(this.feeder, ids, prefix, plan, {
        keepFrom,
        wantHidden: this.options.policy.wantHidden === true,
        signal: this.options.signal,
        visit: (result) => {
          this.vocabulary = result.vocabulary;
          logits.push(result.logits);
          if (result.hidden !== null) hidden.push(result.hidden);
        },
      });
      caches.push(cache);
    }
    this.cache = gatherRows(caches.flatMap((cache) => Array.from({ length: cache.rows }, (_, row) => ({ cache, row }))));
    this.logits = joinFloats(logits);
    this.hidden = hidden.length > 0 ? joinFloats(hidden) : null;
  }

  async run(): Promise<void> {
    for (;;) {
      const next = await this.advance();
      if (this.rows.every((row) => row === null)) return;
      const kept = this.compact(next);
      await breathe(this.options.signal);
      await this.step(kept);
    }
  }

  /** Asks the policy; returns the ids to feed, one a row (finished rows are fed anything). */
  private async advance(): Promise<Int32Array> {
    const active = this.rows.flatMap((row, i) => (row === null ? [] : [{ request: row.request, row: i }]));
    const { logits, hidden, vocabulary } = this;
    const chosen = await this.options.policy.advance({ active, logits, hidden, vocabulary });
    const next = new Int32Array(this.rows.length);
    const rows = [...this.rows];
    active.forEach(({ request, row }, i) => {
      const id = chosen[i] as number;
      next[row] = id === END ? 0 : id;
      if (id !== END) return;
      rows[row] = null;
      this.options.onDone?.(request);
    });
    this.rows = rows;
    return next;
  }

  /** Drops finished rows once they are a quarter: copying the caches costs about as much as a step of the dropped ones. */
  private compact(next: Int32Array): Int32Array {
    const going = this.rows.flatMap((row, i) => (row === null ? [] : [i]));
    if (going.length > 0.75 * this.rows.length) return next;
    this.cache = gatherRows(going.map((row) => ({ cache: this.cache, row })));
    this.rows = going.map((i) => this.rows[i] as Row);
    return Int32Array.from(going, (i) => next[i] as number);
  }

  private async step(next: Int32Array): Promise<void> {
    const { graph, can } = this.feeder;
    const wantHidden = this.options.policy.wantHidden === true;
    if (!can.cache) for (const [i, row] of this.rows.entries()) if (row !== null) row.ids = appended(row.ids, next[i] as number);
    const ids = can.cache ? next : stack(this.rows.map((row) => row?.ids ?? new Int32Array(this.width())));
    const result = await graph.run({ ids, cache: can.cache ? this.cache : graph.empty(this.rows.length), keep: 1, wantHidden });
    this.cache = result.cache;
    this.logits = result.logits;
    this.hidden = result.hidden;
  }

  private width(): number {
    return this.rows.find((row) => row !== null)?.ids.length ?? 0;
  }
}

function appended(ids: Int32Array, id: number): Int32Array {
  const longer = new Int32Array(ids.length + 1);
  longer.set(ids);
  longer[ids.length] = id;
  return longer;
}

function joinFloats(list: readonly Float32Array[]): Float32Array {
  if (list.length === 1) return list[0] as Float32Array;
  const out = new Float32Array(list.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of list) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
