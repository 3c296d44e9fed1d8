import type { CacheRow, RowCache } from "../onnx/row_cache.js";
import { int32At, itemAt } from "../util/elements.js";
import { type PrefillPlan, tokensPerCall } from "./batch_size.js";
import type { DecoderGraph } from "./graph.js";
import { parts } from "./length_groups.js";
import type { PassResult } from "./pass_outputs.js";
import { type Feeder, prefill, yieldNow } from "./prefill.js";
import { pastsOf, type SharedGroup } from "./prefix_sharing.js";
import { draftOf } from "./speculation.js";
import { type DecodeOptions, END } from "./step_policy.js";

/** Rows whose answers are on their way and that are fed together: of each, as many tokens seen and as many to see next. */
interface Cohort {
  readonly cache: RowCache;
  /** Tokens of each row for which the cache stands. */
  readonly seen: number;
  /** Tokens that each row is to see next. */
  readonly width: number;
  readonly requests: readonly number[];
  /** Row of each in the cache. */
  readonly places: readonly number[];
  /** What each is to see next: the last token emitted, and those before it that the cache lacks. */
  readonly pending: readonly (readonly number[])[];
}

/** Guesses of each row, of one length. */
type Drafts = readonly (readonly number[])[];

const NOTHING: readonly number[] = [];

/** Checked guesses, row by row. */
interface Checked {
  /** Guesses that the model would have emitted itself. */
  readonly right: Int32Array;
  /** What comes after them; `END` where the answer is complete. */
  readonly next: Int32Array;
}

/**
 * Rows that may be stepped together. They start alike; where guesses are right for some and wrong for others their lengths
 * part, and the shorter ones go first, so that they meet again.
 */
export class Cohorts {
  private waiting: Cohort[] = [];
  /** Caches made here: their memory goes back once no row needs them. */
  private readonly made = new Set<RowCache>();
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
      const rows = { prompts, requests, width: group.length };
      let result: PassResult | undefined;
      const visit = (got: PassResult): void => {
        result = got;
      };
      const cache = await prefill(this.feeder, rows, await pastsOf(group, plan, requests), plan, {
        keepFrom: group.length - 1,
        wantHidden: policy.wantHidden === true,
        signal,
        visit,
        reserve: this.longest,
      });
      this.made.add(cache);
      const none = requests.map(() => NOTHING);
      // A graph that takes no past is shown the whole row every time.
      const before = this.feeder.can.cache
        ? { cache, seen: group.length, width: 0, pending: none }
        : {
            cache: this.feeder.graph.empty(requests.length),
            seen: 0,
            width: group.length,
            pending: requests.map((request) => [...(prompts[request] as Int32Array)]),
          };
      await this.goOn({ ...before, requests, places: [...requests.keys()] }, result as PassResult, none);
      this.recycle();
    }
  }

  private recycle(): void {
    const needed = new Set(this.waiting.map(({ cache }) => cache));
    for (const cache of this.made) {
      if (needed.has(cache)) continue;
      this.made.delete(cache);
      this.feeder.graph.recycle(cache);
    }
  }

  async run(): Promise<void> {
    while (this.waiting.length > 0) {
      await yieldNow(this.options.signal);
      await this.step(this.takeShortest());
    }
  }

  private takeShortest(): readonly Cohort[] {
    const first = this.waiting.reduce((a, b) => {
      const longer = b.seen + b.width - a.seen - a.width;
      return longer < 0 || (longer === 0 && b.seen < a.seen) ? b : a;
    });
    const same = ({ seen, width }: Cohort): boolean => seen === first.seen && width === first.width;
    const taken = this.waiting.filter(same);
    this.waiting = this.waiting.filter((cohort) => !same(cohort));
    return taken;
  }

  /** One pass: what is pending, and guesses of what comes after it. */
  private async step(cohorts: readonly Cohort[]): Promise<void> {
    const { graph } = this.feeder;
    const rows = assemble(cohorts, graph, this.longest);
    const { cache, places, pending } = rows;
    const drafts = this.drafts(rows);
    const guessed = drafts[0]?.length ?? 0;
    const ids = new Int32Array(cache.rows * (rows.width + guessed));
    places.forEach((place, i) => {
      let at = place * (rows.width + guessed);
      for (const id of pending[i] as readonly number[]) ids[at++] = id;
      for (const id of drafts[i] as readonly number[]) ids[at++] = id;
    });
    const wantHidden = this.options.policy.wantHidden === true;
    // Wrong guesses may have rows go back to what they were, and rows of another length may still wait in the same cache.
    const consume = guessed === 0 && this.feeder.can.cache && this.waiting.every((cohort) => cohort.cache !== cache);
    const result = await graph.run({ ids, cache, keep: 1 + guessed, wantHidden, reserve: this.longest, consume });
    if (consume) this.made.delete(cache);
    else this.made.add(cache);
    this.made.add(result.cache);
    await this.goOn(rows, result, drafts);
    this.recycle();
  }

  /**
   * Where rows stand after a pass: wrong guesses are cut off, or the pass is forgotten where they cannot be.
   * @param before the rows as they were fed.
   */
  private async goOn(before: Cohort, result: PassResult, drafts: Drafts): Promise<void> {
    const guessed = drafts[0]?.length ?? 0;
    const { right, next } = await this.check(before, result, drafts);
    const byRight = new Map<number, { requests: number[]; places: number[]; pending: (readonly number[])[] }>();
    before.requests.forEach((request, i) => {
      if (next[i] === END) {
        this.options.onDone?.(request);
        return;
      }
      const count = int32At(right, i);
      const rows = byRight.get(count) ?? { requests: [], places: [], pending: [] };
      byRight.set(count, rows);
      rows.requests.push(request);
      rows.places.push(itemAt(before.places, i));
      rows.pending.push(
        this.forgets(count, guessed)
          ? [...(before.pending[i] as readonly number[]), ...(drafts[i] as readonly number[]).slice(0, count), int32At(next, i)]
          : [int32At(next, i)],
      );
    });
    for (const [count, rows] of byRight) {
      const now = this.forgets(count, guessed)
        ? { cache: before.cache, seen: before.seen, width: before.width + count + 1 }
        : { cache: result.cache, seen: before.seen + before.width + count, width: 1 };
      this.waiting.push({ ...rows, ...now });
    }
  }

  private forgets(right: number, guessed: number): boolean {
    return !this.feeder.can.cache || (this.stateful && right < guessed);
  }

  /** Guesses to feed after each row's pending tokens; those that a row lacks are filled up with anything. */
  private drafts({ cache, seen, width, requests }: Cohort): Drafts {
    const { policy } = this.options;
    const { can, size, limits } = this.feeder;
    const most = Math.floor(tokensPerCall(size, seen + width + this.options.maxSteps, limits) / cache.rows) - width;
    const allowed = can.cache && can.rowsIndependent && (cache.rows === 1 ? can.chunkSingle : can.chunkBatch) && most > 0;
    if (!allowed || policy.guess === undefined) return requests.map(() => NOTHING);
    const guesses = requests.map((request) => policy.guess?.(request, most) ?? { ids: NOTHING, odds: NOTHING });
    const { length } = draftOf(guesses, cache.rows, this.stateful, most);
    return guesses.map(({ ids }) => (length === 0 ? NOTHING : Array.from({ length }, (_, i) => ids[i] ?? 0)));
  }

  /** Asks the policy position by position, for as long as it says what was guessed. */
  private async check(rows: Cohort, { logits, hidden, vocabulary, at }: PassResult, drafts: Drafts): Promise<Checked> {
    const guessed = drafts[0]?.length ?? 0;
    const right = new Int32Array(rows.requests.length);
    const next = new Int32Array(rows.requests.length);
    let going: readonly number[] = [...rows.requests.keys()];
    for (let position = 0; position <= guessed && going.length > 0; position++) {
      const requests = going.map((i) => itemAt(rows.requests, i));
      const vectors = going.map((i) => at(itemAt(rows.places, i), position));
      const chosen = await this.options.policy.advance({ requests, vectors, logits, hidden, vocabulary });
      going.forEach((i, nth) => {
        next[i] = int32At(chosen, nth);
      });
      if (position === guessed) break;
      going = going.filter((i) => next[i] !== END && next[i] === drafts[i]?.[position]);
      for (const i of going) right[i] = position + 1;
    }
    return { right, next };
  }
}

/**
 * The cohorts as one. Rows that are most of a cache stay where they are, beside finished ones that are fed anything: copying
 * costs about as much as a step of those.
 */
function assemble(cohorts: readonly Cohort[], graph: DecoderGraph, reserve: number): Cohort {
  const [first] = cohorts as readonly [Cohort];
  const { cache, seen, width, requests } = first;
  if (cohorts.length === 1 && seen === cache.length && requests.length > 0.75 * cache.rows) return first;
  const pasts = cohorts.flatMap((cohort) => cohort.places.map((row): CacheRow => ({ cache: cohort.cache, row, length: seen })));
  return {
    cache: graph.gather(pasts, reserve),
    seen,
    width,
    requests: cohorts.flatMap((cohort) => cohort.requests),
    places: [...pasts.keys()],
    pending: cohorts.flatMap((cohort) => cohort.pending),
  };
}
