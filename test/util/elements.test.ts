import { describe, expect, test } from "vitest";
import { addAt, addInt32At, byteAt, float32At, float64At, int32At, itemAt, numberAt } from "../../src/util/elements.js";

describe("elements of arrays", () => {
  test.each([
    ["float64At", (i: number) => float64At(Float64Array.of(0.1, 0, Number.NaN), i), [0.1, 0, Number.NaN]],
    ["float32At", (i: number) => float32At(Float32Array.of(0.5, 0, -1), i), [0.5, 0, -1]],
    ["int32At", (i: number) => int32At(Int32Array.of(-7, 0, 2 ** 31 - 1), i), [-7, 0, 2 ** 31 - 1]],
    ["byteAt", (i: number) => byteAt(Uint8Array.of(255, 0, 1), i), [255, 0, 1]],
    ["numberAt", (i: number) => numberAt(Int8Array.of(-128, 0, 127), i), [-128, 0, 127]],
    ["itemAt", (i: number) => itemAt(["a", undefined, null], i), ["a", undefined, null]],
  ] as const)("%s reads what is there and says what is not", (_name, read, all) => {
    for (const [i, item] of all.entries()) expect(read(i)).toBe(item);
    for (const outside of [-1, 3, 0.5, Number.NaN]) {
      expect(() => read(outside)).toThrow(new RangeError(`no element ${outside} in an array of 3`));
    }
  });

  test("adding changes one element, and none outside", () => {
    const sums = Float64Array.of(1, 0.1, 3);
    addAt(sums, 1, 0.2);
    expect([...sums]).toEqual([1, 0.1 + 0.2, 3]);
    expect(() => addAt(sums, 3, 1)).toThrow(RangeError);
    const counts = Int32Array.of(1, 2);
    addInt32At(counts, 0, 2);
    expect([...counts]).toEqual([3, 2]);
    expect(() => addInt32At(counts, 2, 1)).toThrow(RangeError);
  });
});
