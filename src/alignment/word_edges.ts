import type { Pause } from "./pauses.js";

/** Centres of a word's first and last letter frames, in seconds. */
export interface Spikes {
  readonly first: number;
  readonly last: number;
}

export interface WordEdges {
  readonly start: number;
  readonly end: number;
  /** An edge lies on an energy pause. */
  readonly refined: boolean;
}

/** A first spike comes this much after the word's start, a last one before its end, where nothing else decides. */
const SPIKE_MARGIN_S = 0.01;
/** A pause that ends longer before the next word than this is followed by a breath, not by the word. */
const BREATH_S = 0.2;
/** Between spikes farther apart than this no midpoint is meant. */
const GAP_S = 0.3;

/**
 * Word edges from letter spikes and energy pauses: the midpoint between the last spike of a word and the first of the next; where a pause lies between
 * them its edges, but the first spike itself where a breath follows the pause; 10 ms beyond the spike where there is neither pause nor neighbour.
 * Edges never cross a word's own spikes.
 *
 * @param spikes one a word, in order.
 */
export function wordEdges(spikes: readonly Spikes[], pauses: readonly Pause[]): readonly WordEdges[] {
  const joints = Array.from({ length: spikes.length + 1 }, (_, i) => joint(spikes[i - 1], spikes[i], pauses));
  return spikes.map(({ first, last }, i) => {
    const [left, right] = [joints[i] as Joint, joints[i + 1] as Joint];
    return { start: Math.min(left.start, last), end: Math.max(right.end, first), refined: left.pause || right.pause };
  });
}

interface Joint {
  /** End of the word on the left. */
  readonly end: number;
  /** Start of the word on the right. */
  readonly start: number;
  readonly pause: boolean;
}

function joint(before: Spikes | undefined, after: Spikes | undefined, pauses: readonly Pause[]): Joint {
  const last = before?.last ?? Number.NEGATIVE_INFINITY;
  const first = after?.first ?? Number.POSITIVE_INFINITY;
  const between = pauses.filter(({ start, end }) => end > last && start < first);
  const [opening, closing] = [between[0], between.at(-1)];
  if (opening !== undefined && closing !== undefined) {
    const breath = first - closing.end > BREATH_S && after !== undefined;
    return { end: opening.start, start: breath ? first - SPIKE_MARGIN_S : closing.end, pause: true };
  }
  if (before === undefined || after === undefined || first - last > GAP_S) {
    return { end: last + SPIKE_MARGIN_S, start: first - SPIKE_MARGIN_S, pause: false };
  }
  return { end: (last + first) / 2, start: (last + first) / 2, pause: false };
}
