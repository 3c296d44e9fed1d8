import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Emissions, logSoftmax } from "../../src/alignment/emissions.js";
import { forcedAlign, framesNeeded, type Gate } from "../../src/alignment/viterbi.js";
import { ConnectorError } from "../../src/errors.js";
import { createRng } from "../../src/random.js";

const BLANK = 0;

function randomEmissions(frames: number, labels: number, seed: number): Emissions {
  const rng = createRng(seed);
  return logSoftmax({ frames, labels, data: Float32Array.from({ length: frames * labels }, () => 6 * rng.float() - 3) });
}

/** Best score over every labelling that collapses to the targets. */
function bruteForce({ frames, labels, data }: Emissions, targets: readonly number[]): number {
  let best = Number.NEGATIVE_INFINITY;
  const path: number[] = [];
  const visit = (score: number): void => {
    if (path.length < frames) {
      for (let v = 0; v < labels; v++) {
        path.push(v);
        visit(score + (data[(path.length - 1) * labels + v] as number));
        path.pop();
      }
      return;
    }
    const collapsed = path.filter((v, t) => v !== BLANK && v !== path[t - 1]);
    if (collapsed.length === targets.length && collapsed.every((v, k) => v === targets[k])) best = Math.max(best, score);
  };
  visit(0);
  return best;
}

describe("forcedAlign", () => {
  it("finds the best of all paths", () => {
    const targets = fc.array(fc.integer({ min: 1, max: 2 }), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 7 }), targets, fc.nat(1e6), (frames, labels, seed) => {
        const emissions = randomEmissions(frames, 3, seed);
        if (framesNeeded(Int32Array.from(labels)) > frames) {
          expect(() => forcedAlign(emissions, Int32Array.from(labels), BLANK)).toThrow(ConnectorError);
          return;
        }
        const { states, score } = forcedAlign(emissions, Int32Array.from(labels), BLANK);
        expect(score).toBeCloseTo(bruteForce(emissions, labels), 9);
        states.forEach((state, t) => {
          expect(state - (states[t - 1] ?? 0)).toBeGreaterThanOrEqual(0);
        });
        expect(states.at(-1)).toBeGreaterThanOrEqual(2 * labels.length - 1);
      }),
    );
  });

  it("does the same in blocks as in one piece: long sequences trace back through every checkpoint", () => {
    const emissions = randomEmissions(400, 5, 7);
    const rng = createRng(3);
    const targets = Int32Array.from({ length: 90 }, () => 1 + rng.int(4));
    const { states, score } = forcedAlign(emissions, targets, BLANK);
    for (let t = 1; t < 400; t++) {
      const step = (states[t] as number) - (states[t - 1] as number);
      expect(step).toBeLessThanOrEqual(2);
      if (step === 2) expect(targets[((states[t] as number) - 1) / 2]).not.toBe(targets[((states[t] as number) - 3) / 2]);
    }
    expect(score).toBeCloseTo(wholeScore(emissions, targets), 6);
  });

  it("lets no letter stand in a gated pause where it can stand elsewhere", () => {
    const emissions = randomEmissions(30, 4, 11);
    const targets = Int32Array.of(1, 2, 3);
    const gate: Gate = {
      quiet: Uint8Array.from({ length: 30 }, (_, t) => (t >= 10 && t < 20 ? 1 : 0)),
      between: Uint8Array.of(1, 0, 0, 0, 0, 0, 1),
    };
    const { states } = forcedAlign(emissions, targets, BLANK, gate);
    expect([...states].slice(10, 20).every((state) => state === 0 || state === 6)).toBe(true);
  });

  it("refuses what cannot fit, and says by how much", () => {
    expect(() => forcedAlign(randomEmissions(3, 3, 1), Int32Array.of(1, 1, 2), BLANK)).toThrow(
      "the transcript does not fit the audio: it needs 4 frames at least, the audio has 3",
    );
    expect(() => forcedAlign(randomEmissions(3, 3, 1), Int32Array.of(7), BLANK)).toThrow("outside the model's 3");
    expect(() => forcedAlign(randomEmissions(3, 3, 1), new Int32Array(0), BLANK)).toThrow("nothing to align");
  });
});

/** The recursion written down plainly, all scores kept. */
function wholeScore({ frames, labels, data }: Emissions, targets: Int32Array): number {
  const size = 2 * targets.length + 1;
  const label = (s: number): number => (s % 2 === 0 ? BLANK : (targets[(s - 1) / 2] as number));
  let row = Array.from({ length: size }, (_, s) => (s < 2 ? (data[label(s)] as number) : Number.NEGATIVE_INFINITY));
  for (let t = 1; t < frames; t++) {
    row = row.map((stay, s) => {
      const skip = s > 1 && s % 2 === 1 && label(s) !== label(s - 2) ? (row[s - 2] as number) : Number.NEGATIVE_INFINITY;
      return Math.max(stay, row[s - 1] ?? Number.NEGATIVE_INFINITY, skip) + (data[t * labels + label(s)] as number);
    });
  }
  return Math.max(row.at(-1) as number, row.at(-2) as number);
}
