import { ConnectorError } from "../errors.js";
import type { Emissions } from "./emissions.js";

/** Frames in which only the states between words are open. */
export interface Gate {
  /** `[frames]`, 1 = an energy pause. */
  readonly quiet: Uint8Array;
  /** `[2 · labels + 1]`, 1 = the state may be held in a pause. */
  readonly between: Uint8Array;
}

export interface Path {
  /** State of every frame: even = blank, `2k + 1` = the k-th label. */
  readonly states: Int32Array;
  /** Sum of the log-probabilities along the path. */
  readonly score: number;
}

/** Log-penalty of a letter inside a pause: large, but finite, so that a transcript that must cross a pause still has a path. */
const SHUT = -100;

/** Cells of the trellis between two pauses of `forcedAlignSteps`: some 20 ms. */
const CELLS_A_STEP = 4_000_000;

/**
 * The likeliest CTC path through `targets` (Graves et al. 2006, forced alignment by Viterbi). Scores are kept at every √T-th frame only and
 * the steps between are computed twice, so that memory grows with √T · labels: half an hour of speech fits.
 *
 * @param targets `[labels]` without blanks.
 * @throws ConnectorError where the frames are fewer than the labels (and the blanks between equal neighbours).
 */
export function forcedAlign(emissions: Emissions, targets: Int32Array, blank: number, gate: Gate | null = null): Path {
  return drain(forcedAlignSteps(emissions, targets, blank, gate));
}

/** `forcedAlign` with rests, in which a caller may look after the rest of the program: long clips take seconds. */
export function* forcedAlignSteps(emissions: Emissions, targets: Int32Array, blank: number, gate: Gate | null): Generator<void, Path> {
  checkTargets(emissions, targets, blank);
  const trellis = createTrellis(emissions, targets, blank, gate);
  const { frames } = emissions;
  const stride = Math.max(1, Math.ceil(Math.sqrt(frames)));
  const rest = Math.max(1, Math.floor(CELLS_A_STEP / (2 * targets.length + 1)));
  let scores: Float64Array = trellis.start();
  let spare: Float64Array = scores.slice();
  const kept: Float64Array[] = [scores.slice()];
  for (let t = 1; t < frames; t++) {
    trellis.step(scores, t, spare, null);
    const filled = spare;
    spare = scores;
    scores = filled;
    if (t % stride === 0) kept.push(scores.slice());
    if (t % rest === 0) yield;
  }
  const last = 2 * targets.length;
  const states = new Int32Array(frames);
  states[frames - 1] = (scores[last] as number) > (scores[last - 1] as number) ? last : last - 1;
  for (let block = kept.length - 1; block >= 0; block--) {
    traceBlock(trellis, kept[block] as Float64Array, block * stride, Math.min(frames - 1, (block + 1) * stride), states);
    yield;
  }
  return { states, score: pathScore(emissions, targets, blank, states) };
}

/** Runs a computation with rests to its end. */
export function drain<T>(steps: Generator<void, T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/** Labels along a path: `blank` or a target, one a frame. */
export function pathLabels(states: Int32Array, targets: Int32Array, blank: number): Int32Array {
  return states.map((state) => (state % 2 === 0 ? blank : (targets[(state - 1) / 2] as number)));
}

/** Steps that a label sequence needs at least: one a label and one blank between equal neighbours. */
export function framesNeeded(targets: Int32Array): number {
  return targets.reduce((sum, label, k) => sum + 1 + (k > 0 && label === targets[k - 1] ? 1 : 0), 0);
}

function checkTargets({ frames, labels }: Emissions, targets: Int32Array, blank: number): void {
  if (targets.length === 0) throw new ConnectorError("there is nothing to align: no target label");
  for (const label of targets) {
    if (label === blank) throw new ConnectorError(`the blank (${blank}) stands among the target labels`);
    if (label < 0 || label >= labels) throw new ConnectorError(`target label ${label} is outside the model's ${labels}`);
  }
  const needed = framesNeeded(targets);
  if (needed > frames) {
    throw new ConnectorError(
      `the transcript does not fit the audio: it needs ${needed} frames at least, the audio has ${frames}; is it another clip's transcript?`,
    );
  }
}

interface Trellis {
  start(): Float64Array;
  /** Scores of frame `t` into `next` from those of `t − 1`; `back` receives 0, 1 or 2 states to go back. */
  step(previous: Float64Array, t: number, next: Float64Array, back: Uint8Array | null): void;
}

function createTrellis({ labels: width, data }: Emissions, targets: Int32Array, blank: number, gate: Gate | null): Trellis {
  const size = 2 * targets.length + 1;
  const labels = Int32Array.from({ length: size }, (_, s) => (s % 2 === 0 ? blank : (targets[(s - 1) / 2] as number)));
  const skips = Uint8Array.from(labels, (label, s) => (s > 1 && s % 2 === 1 && label !== labels[s - 2] ? 1 : 0));
  return {
    start() {
      const scores = new Float64Array(size).fill(Number.NEGATIVE_INFINITY);
      scores[0] = data[blank] as number;
      scores[1] = data[labels[1] as number] as number;
      return scores;
    },
    step(previous, t, next, back) {
      const quiet = gate !== null && gate.quiet[t] === 1;
      const reach = Math.min(size, 2 * t + 2);
      for (let s = 0; s < reach; s++) {
        let best = previous[s] as number;
        let from = 0;
        if (s > 0 && (previous[s - 1] as number) > best) {
          best = previous[s - 1] as number;
          from = 1;
        }
        if (skips[s] === 1 && (previous[s - 2] as number) > best) {
          best = previous[s - 2] as number;
          from = 2;
        }
        next[s] = best + (data[t * width + (labels[s] as number)] as number) + (quiet && gate.between[s] === 0 ? SHUT : 0);
        if (back !== null) back[s] = from;
      }
      next.fill(Number.NEGATIVE_INFINITY, reach);
    },
  };
}

/** Fills `states[first … last − 1]` from `states[last]`. @param scores those of frame `first`. */
function traceBlock(trellis: Trellis, scores: Float64Array, first: number, last: number, states: Int32Array): void {
  const backs: Uint8Array[] = [];
  let current: Float64Array = scores.slice();
  let spare: Float64Array = scores.slice();
  for (let t = first + 1; t <= last; t++) {
    const back = new Uint8Array(scores.length);
    trellis.step(current, t, spare, back);
    const filled = spare;
    spare = current;
    current = filled;
    backs.push(back);
  }
  for (let t = last; t > first; t--) {
    const state = states[t] as number;
    states[t - 1] = state - ((backs[t - first - 1] as Uint8Array)[state] as number);
  }
}

function pathScore({ labels, data }: Emissions, targets: Int32Array, blank: number, states: Int32Array): number {
  return pathLabels(states, targets, blank).reduce((sum, label, t) => sum + (data[t * labels + label] as number), 0);
}
