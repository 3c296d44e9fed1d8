import type { CacheRow, RowCache } from "../onnx/row_cache.js";
import { maxOf } from "../util/arrays.js";
import { int32At, itemAt } from "../util/elements.js";
import type { Guess } from "./answer_trie.js";
import { type PrefillPlan, tokensPerCall } from "./batch_size.js";
import { leastWidth, partsOfSimilar } from "./length_groups.js";
import type { PassResult } from "./pass_outputs.js";
import { type Feeder, prefill, yieldNow } from "./prefill.js";
import { pastsOf, type SharedGroup } from "./prefix_sharing.js";
import { BLOCK } from "./probe.js";
import { type Draft, draftOf, draftsPay } from "./speculation.js";
import { type DecodeOptions, END } from "./step_policy.js";

/** What a row has seen: the first `past.length` tokens of a row of a cache. */
interface Seen {
  readonly request: number;
  readonly past: CacheRow;
}

/** An answer on its way. */
interface Row extends Seen {
  /** The last token emitted, which is to be fed next. */
  readonly pending: number;
}

/** Rows of one length whose guesses are fed with them. */
interface Drafted {
  readonly rows: readonly Row[];
  readonly draft: Draft;
  readonly guesses: readonly Guess[];
}

const NO_GUESS: Guess = { ids: [], odds: [] };
/** Share of a cache's rows whose answers may be complete before the others move together: moving them costs about as much as a step of those. */
const MOST_DONE = 0.25;

/**
 * Answers that are stepped together whatever their lengths, in a cache with room behind each row's tokens, where the next one goes. Rows of
 * one length may leave the others for a pass with guesses: of several tokens on pasts of different lengths, the first would see
 * the others.
 */
export class RaggedRows {
  private rows: Row[] = [];
  /** The cache with room that the last step left. */
  private roomy: RowCache | null = null;
  /** Caches made here: their memory goes back once no row needs them. */
  private readonly made = new Set<RowCache>();
  /** Tokens that a row may come to have. */
  private longest = 0;

  constructor(
    private readonly feeder: Feeder,
    private readonly options: DecodeOptions,
  ) {}

  /** @param members the shortest first. */
  async prefill(members: readonly number[], prompts: readonly Int32Array[], group: SharedGroup, plan: PrefillPlan): Promise<void> {
    const lengthOf = (request: number): number => (prompts[request] as Int32Array).length;
    this.longest = Math.max(this.longest, group.length + this.options.maxSteps);
    const start = plan.kind === "whole" ? 0 : group.past;
    for (const requests of partsOfSimilar(members, plan.rows, (request) => lengthOf(request) - start)) {
      const lengths = requests.map(lengthOf);
      const shortest = itemAt(lengths, 0);
      const width = leastWidth(itemAt(lengths, lengths.length - 1), start, true);
      let result: PassResult | undefined;
      const visit = (got: PassResult): void => {
        result = got;
      };
      const cache = await prefill(this.feeder, { prompts, requests, width }, await pastsOf(group, plan, requests), plan, {
        keepFrom: shortest - 1,
        signal: this.options.signal,
        visit,
      });
      this.made.add(cache);
      const rows = requests.map((request, row) => ({ request, past: { cache, row, length: itemAt(lengths, row) } }));
      const chosen = await this.ask(rows, result as PassResult, (row) => itemAt(lengths, row) - shortest);
      for (const [i, row] of rows.entries()) this.emit(row, int32At(chosen, i));
    }
    this.recycle();
  }

  async run(): Promise<void> {
    while (this.rows.length > 0) {
      await yieldNow(this.options.signal);
      const { drafted, others } = this.parted();
      this.rows = [];
      for (const some of drafted) await this.check(some);
      if (others.length > 0) await this.step(others);
      this.recycle();
    }
  }

  /** What each row says, by the policy. @param positionOf which of the row's positions kept it says it at. */
  private async ask(
    rows: readonly Seen[],
    { logits, hidden, vocabulary, at }: PassResult,
    positionOf: (row: number) => number,
  ): Promise<Int32Array> {
    const requests = rows.map(({ request }) => request);
    const vectors = rows.map(({ past }, i) => at(past.row, positionOf(i)));
    return await this.options.policy.advance({ requests, vectors, logits, hidden, vocabulary });
  }

  private emit({ request, past }: Seen, id: number): void {
    if (id === END) this.options.onDone?.(request);
    else this.rows.push({ request, past, pending: id });
  }

  private recycle(): void {
    const needed = new Set(this.rows.map(({ past }) => past.cache));
    for (const cache of this.made) {
      if (needed.has(cache)) continue;
      this.made.delete(cache);
      this.feeder.graph.recycle(cache);
    }
  }

  /** Rows that are fed guesses, by length, and those that are stepped together. */
  private parted(): { readonly drafted: readonly Drafted[]; readonly others: readonly Row[] } {
    const drafted = this.drafts();
    const drafts = drafted.map(({ draft }) => draft);
    if (drafts.length === 0 || !draftsPay(this.rows.length, drafts)) return { drafted: [], others: this.rows };
    const away = new Set(drafted.flatMap(({ rows }) => rows));
    return { drafted, others: this.rows.filter((row) => !away.has(row)) };
  }

  private drafts(): readonly Drafted[] {
    const { policy, maxSteps } = this.options;
    const { can, size, limits } = this.feeder;
    if (policy.guess === undefined) return [];
    const byLength = new Map<number, Row[]>();
    for (const row of this.rows) byLength.set(row.past.length, [...(byLength.get(row.past.length) ?? []), row]);
    return [...byLength].flatMap(([length, rows]) => {
      const most = Math.floor(tokensPerCall(size, length + 1 + maxSteps, limits) / rows.length) - 1;
      if (most < 1 || !(rows.length === 1 ? can.chunkSingle : can.chunkBatch)) return [];
      const guesses = rows.map(({ request }) => policy.guess?.(request, most) ?? NO_GUESS);
      const draft = draftOf(guesses, rows.length, false, most);
      return draft.length === 0 ? [] : [{ rows, draft, guesses }];
    });
  }

  /** One token each. */
  private async step(rows: readonly Row[]): Promise<void> {
    const pasts = this.together(rows);
    const { cache } = itemAt(pasts, 0);
    // Rows that are done are fed anything.
    const ids = new Int32Array(cache.rows).fill(itemAt(rows, 0).pending);
    const seen = new Array<number>(cache.rows).fill(0);
    pasts.forEach(({ row, length }, i) => {
      ids[row] = itemAt(rows, i).pending;
      seen[row] = length;
    });
    const result = await this.feeder.graph.run({ ids, cache, keep: 1, seen, lengths: seen.map((length) => length + 1) });
    this.made.delete(cache);
    this.made.add(result.cache);
    this.roomy = result.cache;
    const grown = pasts.map(({ row, length }, i) => ({
      request: itemAt(rows, i).request,
      past: { cache: result.cache, row, length: length + 1 },
    }));
    const chosen = await this.ask(grown, result, () => 0);
    for (const [i, row] of grown.entries()) this.emit(row, int32At(chosen, i));
  }

  /** The rows in one cache with room for a token: where they are, if they are most of one. */
  private together(rows: readonly Row[]): readonly CacheRow[] {
    const pasts = rows.map(({ past }) => past);
    const { cache } = itemAt(pasts, 0);
    const longest = maxOf(pasts.map(({ length }) => length));
    const most = pasts.every((past) => past.cache === cache) && pasts.length > (1 - MOST_DONE) * cache.rows;
    if (cache === this.roomy && longest < cache.length && most) return pasts;
    const room = this.feeder.graph.spread(pasts, BLOCK * Math.ceil((longest + 2) / BLOCK) - 1);
    this.made.add(room);
    return pasts.map(({ length }, row) => ({ cache: room, row, length }));
  }

  /** One pass of rows of one length with their guesses, which are kept for as long as the model says the same. */
  private async check({ rows, draft, guesses }: Drafted): Promise<void> {
    const { graph } = this.feeder;
    const pasts = rows.map(({ past }) => past);
    const cache = graph.gather(pasts, this.longest);
    this.made.add(cache);
    const drafts = guesses.map(({ ids }) => Array.from({ length: draft.length }, (_, i) => ids[i] ?? 0));
    const ids = Int32Array.from(rows.flatMap(({ pending }, row) => [pending, ...itemAt(drafts, row)]));
    const result = await graph.run({ ids, cache, keep: 1 + draft.length, reserve: this.longest });
    this.made.add(result.cache);
    let going: readonly Seen[] = rows.map(({ request, past }, row) => ({
      request,
      past: { cache: result.cache, row, length: past.length + 1 },
    }));
    for (let position = 0; going.length > 0; position++) {
      const chosen = await this.ask(going, result, () => position);
      const right = going.map(({ past }, i) => chosen[i] !== END && chosen[i] === drafts[past.row]?.[position]);
      going.forEach((row, i) => {
        if (right[i] !== true) this.emit(row, int32At(chosen, i));
      });
      going = going
        .filter((_, i) => right[i] === true)
        .map(({ request, past }) => ({ request, past: { ...past, length: past.length + 1 } }));
    }
  }
}
