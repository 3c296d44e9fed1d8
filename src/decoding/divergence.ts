import { ConnectorError } from "../errors.js";
import { gibibytes } from "../util/sizes.js";
import type { DecoderEngine } from "./engine.js";
import type { Embed } from "./graph.js";
import { argmax } from "./sampling.js";
import type { ForcedChunk } from "./score.js";
import { sumExp } from "./sum_exp.js";

export interface DivergenceOptions {
  /** What each step of the answer is fed as. */
  readonly ids: Int32Array;
  /** Whose next-token laws the others' are compared with. */
  readonly reference: Int32Array;
  readonly sharedPrefix: number | null;
  readonly branch?: number | null | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Of the prompts and the reference, for an `inputs_embeds` graph. */
  readonly embed?: Embed | undefined;
  readonly onResult?: ((request: number, divergences: Float64Array) => void) | undefined;
}

/** Bytes of the reference's laws at most. */
const MOST_BYTES = 2 ** 30;

/**
 * Minus the Jensen–Shannon divergence, in nats, of each prompt's next-token law from the reference's, before every step of the answer,
 * teacher-forced. Over all logits, so that it is 0 for equal laws and −ln 2 for laws that share no token (Lin 1991).
 * @throws ConnectorError where the reference's laws, steps × vocabulary, are too many to hold.
 */
export async function divergeSteps(
  engine: Pick<DecoderEngine, "force">,
  prompts: readonly Int32Array[],
  options: DivergenceOptions,
): Promise<readonly Float64Array[]> {
  const { ids, sharedPrefix, branch, signal, embed, onResult } = options;
  const forced = { continuation: ids.subarray(0, Math.max(0, ids.length - 1)), sharedPrefix, branch, signal, embed };
  const laws: Float32Array[] = [];
  if (ids.length > 0) await engine.force([options.reference], { ...forced, visit: (chunk) => keepLaws(chunk, ids.length, laws) });
  const divergences = prompts.map(() => new Float64Array(ids.length));
  const done = (request: number): void => onResult?.(request, divergences[request] as Float64Array);
  if (ids.length === 0) {
    for (const request of divergences.keys()) done(request);
    return divergences;
  }
  await engine.force(prompts, {
    ...forced,
    visit: ({ requests, first, count, logits, vocabulary, at }) => {
      requests.forEach((request, row) => {
        for (let t = 0; t < count; t++) {
          const divergence = jensenShannon(laws[first + t] as Float32Array, logits, at(row, t) * vocabulary);
          (divergences[request] as Float64Array)[first + t] = -divergence;
        }
      });
    },
    onDone: done,
  });
  return divergences;
}

function keepLaws({ first, count, logits, vocabulary, at }: ForcedChunk, steps: number, laws: Float32Array[]): void {
  const bytes = steps * vocabulary * Float32Array.BYTES_PER_ELEMENT;
  if (bytes > MOST_BYTES) {
    throw new ConnectorError(
      `the next-token laws of ${steps} steps over ${vocabulary} tokens take ${gibibytes(bytes)}, and ${gibibytes(MOST_BYTES)} are held at most: explain a shorter answer`,
    );
  }
  for (let t = 0; t < count; t++) {
    const start = at(0, t) * vocabulary;
    laws[first + t] = logits.slice(start, start + vocabulary);
  }
}

/** ½ KL(P‖M) + ½ KL(Q‖M) with M = ½ (P + Q), in nats; P and Q are the softmax of `own` and of as many logits from `start`. */
export function jensenShannon(own: Float32Array, logits: Float32Array, start: number): number {
  const size = own.length;
  const left = logOfTotal(own, 0, size);
  const right = logOfTotal(logits, start, size);
  let sum = 0;
  for (let i = 0; i < size; i++) {
    const [logP, logQ] = [(own[i] as number) - left, (logits[start + i] as number) - right];
    // Equal laws, and tokens that are next to impossible in both, add nothing.
    if (logP === logQ || (logP < LEAST && logQ < LEAST)) continue;
    const [p, q] = [Math.exp(logP), Math.exp(logQ)];
    const logM = Math.log((p + q) / 2);
    if (p > 0) sum += (p * (logP - logM)) / 2;
    if (q > 0) sum += (q * (logQ - logM)) / 2;
  }
  return Math.min(Math.LN2, Math.max(0, sum));
}

/** p below e⁻⁷⁰⁰ is no number beside others. */
const LEAST = -700;

function logOfTotal(logits: Float32Array, start: number, size: number): number {
  const highest = logits[start + argmax(logits, start, size)] as number;
  return highest + Math.log(sumExp(logits, start, size, highest));
}
