import type { Rng } from "../random.js";
import type { TokenIds } from "../text/token_ids.js";
import { itemAt } from "../util/elements.js";
import type { AnswerTrie, Guess } from "./answer_trie.js";
import { argmax, drawable, isGreedy, type Sampling, sample } from "./sampling.js";
import { END, type Step, type StepPolicy } from "./step_policy.js";

export interface TextDecoding {
  readonly sampling: Sampling;
  /** Ids that end an answer; the end token itself is emitted. */
  readonly endIds: ReadonlySet<number>;
  readonly maxNewTokens: number;
  /** Ids that may be drawn; null = all. @default null */
  readonly tokenIds?: TokenIds | null;
  /** Steps that each request has positions for. @default as many as it likes */
  readonly room?: readonly number[] | undefined;
  /** One stream a request, made from the request alone; unused when greedy. */
  rng(request: number): Rng;
  /** Greedy answers given so far: guesses of further ones come from here, and they are added. null = no guessing. */
  readonly answers: AnswerTrie | null;
}

export interface TextOutput {
  readonly ids: readonly number[];
  readonly finishReason: "stop" | "length";
}

/** Decodes plain text: each row draws its own tokens until an end id or `maxNewTokens`. */
export class TextPolicy implements StepPolicy {
  private readonly emitted = new Map<number, number[]>();
  private readonly streams = new Map<number, Rng>();

  constructor(private readonly options: TextDecoding) {}

  advance({ requests, vectors, logits, vocabulary }: Step): Int32Array {
    const chosen = new Int32Array(requests.length);
    requests.forEach((request, i) => {
      const id = this.draw(request, logits, itemAt(vectors, i) * vocabulary, vocabulary);
      const ids = this.ids(request);
      ids.push(id);
      const goesOn = !this.options.endIds.has(id) && ids.length < this.most(request);
      chosen[i] = goesOn ? id : END;
      if (!goesOn) this.answers?.add(ids);
    });
    return chosen;
  }

  guess(request: number, most: number): Guess {
    const ids = this.ids(request);
    return this.answers?.guess(ids, Math.min(most, this.most(request) - ids.length - 1)) ?? { ids: [], odds: [] };
  }

  output(request: number): TextOutput {
    const ids = this.ids(request);
    const last = ids[ids.length - 1];
    return { ids, finishReason: last !== undefined && this.options.endIds.has(last) ? "stop" : "length" };
  }

  /** Sampled answers are no guide: each is a draw of its own. */
  private get answers(): AnswerTrie | null {
    return isGreedy(this.options.sampling) ? this.options.answers : null;
  }

  private most(request: number): number {
    return Math.min(this.options.maxNewTokens, this.options.room?.[request] ?? Infinity);
  }

  private ids(request: number): number[] {
    let ids = this.emitted.get(request);
    if (ids === undefined) {
      ids = [];
      this.emitted.set(request, ids);
    }
    return ids;
  }

  private draw(request: number, logits: Float32Array, start: number, vocabulary: number): number {
    const { sampling, tokenIds } = this.options;
    const size = drawable(logits, start, vocabulary, tokenIds ?? null);
    if (isGreedy(sampling)) return argmax(logits, start, size);
    let rng = this.streams.get(request);
    if (rng === undefined) {
      rng = this.options.rng(request);
      this.streams.set(request, rng);
    }
    return sample(logits, start, size, sampling, rng);
  }
}
