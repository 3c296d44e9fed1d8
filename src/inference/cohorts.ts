import { type Cache, type CacheMemory, type CacheRow, gatherRows, rowsOf } from "./cache.js";
import { draftLength } from "./draft.js";
import type { PassResult } from "./graph.js";
import { parts, stack } from "./groups.js";
import { type PrefillPlan, tokensPerCall } from "./plan.js";
import { breathe, type Feeder, prefill } from "./prefill.js";
import { pastsOf, type SharedGroup } from "./sharing.js";
import { type DecodeOptions, END } from "./step_policy.js";

/** A prompt whose answer is on its way. */
interface Row {
  readonly request: number;
  /** Tokens that the model has seen. */
  readonly past: CacheRow;
  /** Tokens that it is to see next: the last one emitted, and those before it that the cache lacks. */
  readonly pending: Int32Array;
}

/** Checked guesses of one row. */
interface Checked {
  /** Guesses that the model would have emitted itself. */
  right: number;
  /** What comes after them; `END` where the answer is complete. */
  next: number;
}

/**
 * Rows that may be stepped together. They start alike; where guesses are right for some and wrong for others their lengths
 * part, and the shorter ones go first, so that they meet again.
 */
export class Cohorts {
  private waiting: Row[] = [];
  /** Caches made here: their memory goes back once no row needs them. */
  private readonly made = new Set<Cache>();
  /** Tokens that a row may come to have. */
  private longest = 0;
  private readonly stateful: boolean;

  constructor(
    private readonly feeder: Feeder,
    private readonly options: DecodeOptions,
  ) {
    this.stateful = feeder.graph.io.caches.some((slot) => !slot.dims.includes(null));
  }

  async prefill(members: readonly number[], prompts: readonly Int32Array[], group: SharedGroup, plan: PrefillPlan): Promise<void> {
    const { policy, signal } = this.options;
    this.longest = Math.max(this.longest, group.length + this.options.maxSteps);
    for (const requests of parts(members, plan.rows)) {
      const rows = requests.map((request) => prompts[request] as Int32Array);
      let result: PassResult | undefined;
      const keepFrom = (rows[0] as Int32Array).length - 1;
      const visit = (got: PassResult): void => {
        result = got;
      };
      const cache = await prefill(this.feeder, rows, await pastsOf(group, plan, requests), plan, {
        keepFrom,
        wantHidden: policy.wantHidden === true,
        signal,
        visit,
        reserve: this.longest,
      });
      this.made.add(cache);
      const past = rowsOf(cache);
      const none = requests.map((request, i) => ({ request, past: past[i] as CacheRow, pending: new Int32Array(0) }));
      const checked = await this.check(none, result as PassResult, 1, []);
      none.forEach((row, i) => {
        const { next } = checked[i] as Checked;
        // A graph that takes no past is shown the whole row every time.
        const seen = this.feeder.can.cache ? row.pending : (rows[i] as Int32Array);
        if (next === END) this.options.onDone?.(row.request);
        else this.waiting.push({ ...row, past: this.feeder.can.cache ? row.past : nothing(this.feeder), pending: extended(seen, [next]) });
      });
      this.recycle();
    }
  }

  private recycle(): void {
    const needed = new Set(this.waiting.map(({ past }) => past.cache));
    for (const cache of this.made) {
      if (needed.has(cache)) continue;
      this.made.delete(cache);
      this.feeder.graph.recycle(cache);
    }
  }

  async run(): Promise<void> {
    while (this.waiting.length > 0) {
      await breathe(this.options.signal);
      await this.step(this.takeShortest());
    }
  }

  private takeShortest(): readonly Row[] {
    const length = (row: Row): number => row.past.length + row.pending.length;
    const first = this.waiting.reduce((a, b) =>
      length(b) < length(a) || (length(b) === length(a) && b.past.length < a.past.length) ? b : a,
    );
    const same = (row: Row): boolean => row.past.length === first.past.length && row.pending.length === first.pending.length;
    const taken = this.waiting.filter(same);
    this.waiting = this.waiting.filter((row) => !same(row));
    return taken;
  }

  /** One pass: what is pending, and guesses of what comes after it. */
  private async step(rows: readonly Row[]): Promise<void> {
    const { graph } = this.feeder;
    const { cache, places } = assemble(rows, { pool: graph.pool, reserve: this.longest });
    const drafts = this.drafts(rows, cache.rows);
    const width = (rows[0] as Row).pending.length + (drafts[0]?.length ?? 0);
    const fed = Array.from({ length: cache.rows }, () => new Int32Array(width));
    rows.forEach((row, i) => {
      (fed[places[i] as number] as Int32Array).set(row.pending);
      (fed[places[i] as number] as Int32Array).set(drafts[i] as Int32Array, row.pending.length);
    });
    const keep = 1 + (drafts[0]?.length ?? 0);
    const wantHidden = this.options.policy.wantHidden === true;
    const result = await graph.run({ ids: stack(fed), cache, keep, wantHidden, reserve: this.longest });
    for (const one of [cache, result.cache]) this.made.add(one);
    const checked = await this.check(rows, result, keep, drafts, places);
    rows.forEach((row, i) => {
      const { right, next } = checked[i] as Checked;
      if (next === END) this.options.onDone?.(row.request);
      else this.waiting.push(this.continued(row, { cache: result.cache, row: places[i] as number }, drafts[i] as Int32Array, right, next));
    });
    this.recycle();
  }

  /** Where a row stands after its guesses were checked: the wrong ones are cut off, or the pass is forgotten where they cannot be. */
  private continued(row: Row, now: { readonly cache: Cache; readonly row: number }, draft: Int32Array, right: number, next: number): Row {
    const { can } = this.feeder;
    const forget = !can.cache || (this.stateful && right < draft.length);
    if (forget) return { ...row, pending: extended(row.pending, [...draft.subarray(0, right), next]) };
    return { request: row.request, past: { ...now, length: row.past.length + row.pending.length + right }, pending: Int32Array.of(next) };
  }

  /** Guesses to feed after each row's pending tokens, all of one length; those that a row lacks are filled up with anything. */
  private drafts(rows: readonly Row[], batchRows: number): readonly Int32Array[] {
    const { policy } = this.options;
    const { can, size, limits } = this.feeder;
    const pending = (rows[0] as Row).pending.length;
    const context = (rows[0] as Row).past.length + pending + this.options.maxSteps;
    const most = Math.floor(tokensPerCall(size, context, limits) / batchRows) - pending;
    const allowed = can.cache && can.rowsIndependent && (batchRows === 1 ? can.chunkSingle : can.chunkBatch) && most > 0;
    if (!allowed || policy.guess === undefined) return rows.map(() => new Int32Array(0));
    const guesses = rows.map((row) => policy.guess?.(row.request, most) ?? { ids: [], odds: [] });
    const length = draftLength(guesses, batchRows, this.stateful, most);
    return guesses.map(({ ids }) => Int32Array.from({ length }, (_, i) => ids[i] ?? 0));
  }

  /** Asks the policy position by position, for as long as it says what was guessed. */
  private async check(
    rows: readonly Row[],
    { logits, hidden, vocabulary, at }: PassResult,
    keep: number,
    drafts: readonly Int32Array[],
    places: readonly number[] = [...rows.keys()],
  ): Promise<readonly Checked[]> {
    const checked = rows.map((): Checked => ({ right: 0, next: END }));
    let going = [...rows.keys()];
    for (let position = 0; position < keep && going.length > 0; position++) {
      const active = going.map((i) => ({ request: (rows[i] as Row).request, row: at(places[i] as number, position) }));
      const chosen = await this.options.policy.advance({ active, logits, hidden, vocabulary });
      going = going.filter((i, nth) => {
        const state = checked[i] as Checked;
        state.next = chosen[nth] as number;
        const guessed = position < keep - 1 && state.next !== END && state.next === drafts[i]?.[position];
        if (guessed) state.right += 1;
        return guessed;
      });
    }
    return checked;
  }
}

/**
 * The rows' past as one cache, and the place of each row in it. Rows that are most of a cache stay where they are, beside
 * finished ones that are fed anything: copying costs about as much as a step of those.
 */
function assemble(rows: readonly Row[], memory: CacheMemory): { readonly cache: Cache; readonly places: readonly number[] } {
  const { cache, length } = (rows[0] as Row).past;
  const stay = length === cache.length && rows.length > 0.75 * cache.rows && rows.every(({ past }) => past.cache === cache);
  if (stay) return { cache, places: rows.map(({ past }) => past.row) };
  return {
    cache: gatherRows(
      rows.map(({ past }) => past),
      memory,
    ),
    places: [...rows.keys()],
  };
}

function nothing(feeder: Feeder): CacheRow {
  return { cache: feeder.graph.empty(1), row: 0, length: 0 };
}

function extended(ids: Int32Array, more: readonly number[]): Int32Array {
  const out = new Int32Array(ids.length + more.length);
  out.set(ids);
  out.set(more, ids.length);
  return out;
}
