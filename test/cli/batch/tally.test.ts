import { expect, test } from "vitest";
import { standingLine } from "../../../src/cli/batch/progress.js";
import { createTally } from "../../../src/cli/batch/tally.js";

test("tells pace and time left from the last ten minutes, whatever was done before", () => {
  let now = 0;
  const tally = createTally(1_000, { done: 400, failed: 0 }, () => now);
  expect(tally.standing()).toEqual({
    ...{ phase: "conversations", done: 400, total: 1_000, rate: null, eta: null, seconds: 0 },
    ...{ failed: 0, left: 600, per_hour: null, seconds_left: null },
  });
  const step = (ms: number) => {
    now += ms;
    tally.done();
  };
  // A minute each for an hour, then ten seconds each.
  for (let i = 0; i < 60; i++) step(60_000);
  expect(tally.standing()).toMatchObject({ done: 460, per_hour: 60, seconds_left: 540 * 60 });
  for (let i = 0; i < 120; i++) step(10_000);
  expect(tally.standing()).toMatchObject({ done: 580, per_hour: 360, rate: 0.1, seconds_left: 420 * 10, eta: 420 * 10, seconds: 4_800 });
  tally.failed();
  expect(tally.standing()).toMatchObject({ done: 580, failed: 1, left: 419 });
  expect(standingLine(tally.standing())).toMatch(/^580 of 1,000 done, 1 failed, 36\d an hour, 69 min left$/);
});

test("has nothing left at the end", () => {
  const tally = createTally(1, { done: 0, failed: 0 });
  tally.done();
  expect(tally.standing()).toMatchObject({ left: 0, seconds_left: 0, per_hour: null });
  expect(standingLine(tally.standing())).toBe("1 of 1 done");
});
