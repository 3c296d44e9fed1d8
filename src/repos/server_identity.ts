import { maxOf } from "../util/arrays.js";
import { itemAt, numberAt } from "../util/elements.js";

/** What is known of a model behind a server. */
export interface ServerIdentity {
  /** A row of the server kinds, such as vllm. */
  readonly kind: string;
  /** As the server states it; null where it does not. */
  readonly version: string | null;
  /** Scheme, host and port; nothing of a path, a user or a key. */
  readonly origin: string;
  /** What it is sent: token ids, or messages that it renders and tokenises itself. */
  readonly mode: ServerMode;
  /** Natural log-probabilities of a fixed text, which tell one set of weights from another; empty where the server gives none. */
  readonly probe: readonly number[];
  /** Largest difference between two measurements of the probe; null where there is none. */
  readonly noise: number | null;
  /** What the server promises of equal answers to equal questions, in words. */
  readonly promise: string;
}

export type ServerMode = "ids" | "messages";

/** Differences that batches and caches make on a GPU in half precision stay below; other weights, or fewer bits of them, lie far above. */
const ROUNDING = 0.02;
/** How far beyond its measured noise a server may stray. */
const STRAY = 20;

/** Whether two probes can be of the same weights. */
export function sameWeights(a: Pick<ServerIdentity, "probe" | "noise">, b: Pick<ServerIdentity, "probe" | "noise">): boolean {
  if (a.probe.length !== b.probe.length) return false;
  const limit = Math.max(ROUNDING, STRAY * Math.max(a.noise ?? 0, b.noise ?? 0));
  return a.probe.every((value, i) => Math.abs(value - itemAt(b.probe, i)) <= limit);
}

/** Largest difference of two measurements. @throws never: lists of different lengths are infinitely apart. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  return maxOf(
    Array.from(a, (value, i) => Math.abs(value - numberAt(b, i))),
    0,
  );
}
