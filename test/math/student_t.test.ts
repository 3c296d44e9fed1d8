import { describe, expect, it } from "vitest";
import { studentT } from "../../src/math/student_t.js";

describe("quantiles of Student's t, against printed tables", () => {
  it.each([
    [0.95, 1, 12.7062047361747],
    [0.95, 2, 4.30265272974946],
    [0.95, 9, 2.2621571627982],
    [0.95, 29, 2.0452296421327],
    [0.99, 29, 2.7563859036706],
    [0.9, 9, 1.83311293265624],
    [0.5, 1, 1],
    [0.95, 1e7, 1.95996422171],
    [0.999, 4, 8.61030158137949],
  ])("confidence %d, %d degrees", (confidence, degrees, expected) => {
    expect(Math.abs(studentT(confidence, degrees) / expected - 1)).toBeLessThan(1e-8);
  });
});
