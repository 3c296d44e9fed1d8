import { describe, expect, test } from "vitest";
import { branchDepth } from "../../src/util/prefix_classes.js";

/** Every subset of `ids` behind a prefix, before an end: what an exact enumeration asks. */
function subsets(prefix: readonly number[], ids: readonly number[], after: readonly number[]): readonly Int32Array[] {
  return Array.from({ length: 2 ** ids.length }, (_, mask) =>
    Int32Array.from([...prefix, ...ids.filter((_, i) => (mask >> i) & 1), ...after]),
  );
}

const ANY = (): number => Infinity;

describe("stems that prompts share behind the prefix", () => {
  const prompts = subsets([1, 2], [10, 11, 12, 13, 14, 15, 16, 17], [90, 91, 92]);

  test("are the prompts' own next tokens, each kind once, and leave everyone a token to feed", () => {
    const found = branchDepth(prompts, 2, ANY);
    expect(found).not.toBeNull();
    const { depth, classes, first } = found as NonNullable<typeof found>;
    const stem = (i: number): string => String(prompts[i]?.slice(2, 2 + depth));
    for (const [i, kind] of classes.entries()) {
      if (kind < 0) expect(prompts[i]?.length).toBeLessThanOrEqual(2 + depth);
      else {
        expect(stem(i)).toBe(stem(first[kind] as number));
        expect(prompts[i]?.length).toBeGreaterThan(2 + depth);
      }
    }
    expect(new Set(first.map(stem)).size).toBe(first.length);
    // Feeding stems once and the rest of each prompt is less than feeding every prompt whole, a stem's overhead of two included.
    const members = classes.filter((kind) => kind >= 0).length;
    expect(first.length * (depth + 2)).toBeLessThan(members * depth);
  });

  test("hold no more than may be held at once", () => {
    for (const most of [1, 2, 4, 8]) expect(branchDepth(prompts, 2, () => most)?.first.length ?? 0).toBeLessThanOrEqual(most);
  });

  test("are left where all go on differently, or where there is one prompt", () => {
    expect(
      branchDepth(
        Array.from({ length: 32 }, (_, i) => Int32Array.of(1, 100 + i, 2, 3)),
        1,
        ANY,
      ),
    ).toBeNull();
    expect(branchDepth([Int32Array.of(1, 2, 3, 4)], 1, ANY)).toBeNull();
    expect(branchDepth([], 0, ANY)).toBeNull();
  });

  test("tell ids apart that are below zero, which stand for sound", () => {
    const heard = Array.from({ length: 16 }, (_, i) => Int32Array.of(1, i < 8 ? -1 : -2, i < 8 ? 5 : 6, 7, 100 + i));
    const found = branchDepth(heard, 1, ANY);
    expect(found?.depth).toBe(3);
    expect([...(found?.classes ?? [])]).toEqual(heard.map((_, i) => (i < 8 ? 0 : 1)));
  });
});
