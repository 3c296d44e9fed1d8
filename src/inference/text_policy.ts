import type { Rng } from "../random.js";
import { END, type Step, type StepPolicy } from "./decode.js";
import { argmax, isGreedy, type Sampling, sample } from "./sampling.js";

export interface TextDecoding {
  readonly sampling: Sampling;
  /** Ids that end an answer; the end token itself is emitted. */
  readonly endIds: ReadonlySet<number>;
  readonly maxNewTokens: number;
  /** One stream a request, made from the request alone; unused when greedy. */
  rng(request: number): Rng;
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

  advance({ active, logits, vocabulary }: Step): Int32Array {
    return Int32Array.from(active, ({ request, row }) => {
      const id = this.draw(request, logits, row * vocabulary, vocabulary);
      const ids = this.ids(request);
      ids.push(id);
      return this.options.endIds.has(id) || ids.length >= this.options.maxNewTokens ? END : id;
    });
  }

  output(request: number): TextOutput {
    const ids = this.ids(request);
    const last = ids[ids.length - 1];
    return { ids, finishReason: last !== undefined && this.options.endIds.has(last) ? "stop" : "length" };
  }

  private ids(request: number): number[] {
    let ids = this.emitted.get(request);
    if (ids === undefined) {
      ids = [];
      this.emitted.set(request, ids);
    }
    return ids;
  }

  private draw(request: number, logits: Float32Array, start: number, size: number): number {
    const { sampling } = this.options;
    if (isGreedy(sampling)) return argmax(logits, start, size);
    let rng = this.streams.get(request);
    if (rng === undefined) {
      rng = this.options.rng(request);
      this.streams.set(request, rng);
    }
    return sample(logits, start, size, sampling, rng);
  }
}
