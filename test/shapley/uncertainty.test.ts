import { expect, test } from "vitest";
import { noErrorKnown, noSamplingError, tErrors } from "../../src/shapley/uncertainty.js";

test("intervals are φ ± t s, with the t of tables", () => {
  const { intervals, stdErrors, uncertainty } = tErrors(Float64Array.of(1, -2), Float64Array.of(0.5, 0), 10, "t over pairs", 0.95);
  // t(0.975; 10) = 2.228139
  expect(intervals?.[0]?.[0]).toBeCloseTo(1 - 0.5 * 2.228139, 6);
  expect(intervals?.[0]?.[1]).toBeCloseTo(1 + 0.5 * 2.228139, 6);
  expect(intervals?.[1]).toEqual([-2, -2]);
  expect([...(stdErrors ?? [])]).toEqual([0.5, 0]);
  expect(uncertainty).toEqual({ method: "t over pairs", confidence: 0.95, reason: null });
});

test("without end of degrees they are the normal ones", () => {
  const { intervals } = tErrors(Float64Array.of(0), Float64Array.of(1), Infinity, "normal", 0.95);
  expect(intervals?.[0]?.[1]).toBeCloseTo(1.959964, 5);
});

test("nothing sampled is no error; an error that is not known is none at all, with the reason", () => {
  expect(noSamplingError(Float64Array.of(3), 0.9)).toEqual({
    stdErrors: Float64Array.of(0),
    intervals: [[3, 3]],
    uncertainty: { method: "full enumeration", confidence: 0.9, reason: null },
  });
  expect(noErrorKnown("one round only", 0.9)).toEqual({
    stdErrors: null,
    intervals: null,
    uncertainty: { method: "none", confidence: 0.9, reason: "one round only" },
  });
});
