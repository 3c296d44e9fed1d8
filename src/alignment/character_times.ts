import type { LabelSpan } from "./spans.js";
import { type Clip, type RefineWeights, refineBoundary } from "./spectrogram.js";

/** A character of the transcript with its time. */
export interface TimedCharacter {
  /** Seconds. */
  readonly start: number;
  readonly end: number;
  /** 0 … 1 */
  readonly confidence: number;
  /** Both its edges were moved to quiet frames. */
  readonly boundaryRefined: boolean;
}

interface Boundary {
  readonly time: number;
  readonly refined: boolean;
}

/**
 * Character times by the original's rule: every boundary is sought by energy and flux between its characters and clamped to the gap, or is the
 * gap's middle; the outer edges are sought around the first and last frame and never pass their own character.
 *
 * @param spans frames of every character, in order.
 * @param frames of the whole clip: a frame is `clip seconds / frames` long.
 * @param weights null moves nothing.
 */
export function characterTimes(
  spans: readonly (LabelSpan & { readonly confidence: number })[],
  clip: Clip,
  frames: number,
  weights: RefineWeights | null,
): readonly TimedCharacter[] {
  const frameS = clip.wave.length / clip.sampleRate / frames;
  const boundaries = Array.from({ length: spans.length + 1 }, (_, i): Boundary => {
    const [left, right] = [spans[i - 1], spans[i]];
    if (left === undefined && right !== undefined) return outerEdge(clip, right.first * frameS, [0, right.end * frameS], weights);
    if (right === undefined && left !== undefined)
      return outerEdge(clip, left.end * frameS, [left.first * frameS, clip.wave.length / clip.sampleRate], weights);
    return between(clip, (left?.end ?? 0) * frameS, (right?.first ?? 0) * frameS, weights);
  });
  return spans.map(({ confidence }, i) => {
    const [start, end] = [boundaries[i] as Boundary, boundaries[i + 1] as Boundary];
    return { confidence, start: start.time, end: end.time, boundaryRefined: start.refined && end.refined };
  });
}

function between(clip: Clip, left: number, right: number, weights: RefineWeights | null): Boundary {
  const middle = (left + right) / 2;
  if (weights === null || right <= left) return { time: middle, refined: false };
  const { time, refined } = refineBoundary(clip, middle, [left, right], weights);
  return { time: clamp(time, left, right), refined };
}

function outerEdge(clip: Clip, edge: number, limits: readonly [number, number], weights: RefineWeights | null): Boundary {
  if (weights === null) return { time: edge, refined: false };
  const { time, refined } = refineBoundary(clip, edge, null, weights);
  return { time: clamp(time, limits[0], limits[1]), refined };
}

function clamp(x: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, x));
}
