import { expect, test } from "vitest";
import { LFM2_MEL, melProblem } from "../../../src/audio/front_ends/mel.js";

test("the published front end can be built", () => {
  expect(melProblem(LFM2_MEL)).toBeNull();
});

test.each([
  [{ nFft: 1e9 }, /n_fft 1000000000: valid are powers of two/],
  [{ nFft: 2 ** 24 }, /n_fft/],
  [{ nFft: 3 }, /n_fft/],
  [{ nFft: 511 }, /n_fft/],
  [{ nMels: 1e9 }, /1000000000 mel bins/],
  [{ padTo: 1e9 }, /pad_to/],
  [{ hopLength: 1 }, /hop of 1 samples: valid are 32 to n_fft = 512/],
  [{ hopLength: 1e9 }, /hop/],
  [{ winLength: 1e9 }, /window/],
  [{ winLength: 1 }, /window/],
  [{ logZeroGuard: 1e308 }, /log_zero_guard/],
  [{ fMin: -1e308 }, /Hz: valid are 0 to 8000/],
  [{ fMin: 9_000 }, /Hz/],
  [{ fMax: 9_000 }, /Hz/],
  [{ sampleRate: 1e9 }, /sample rate/],
  [{ preEmphasis: 7 }, /pre-emphasis/],
] as const)("%j cannot", (keys, problem) => {
  expect(melProblem({ ...LFM2_MEL, ...keys })).toMatch(problem);
});
