import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  commonPrefix,
  groupByLength,
  leastWidth,
  lengthsOf,
  parts,
  partsOfSimilar,
  sortByLength,
  stack,
} from "../../src/decoding/length_groups.js";
import { startsWith } from "../../src/util/prefix_classes.js";

const prompt = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 6 }).map((ids) => Int32Array.from(ids));
const prompts = fc.array(prompt, { maxLength: 12 });

describe("prompts of equal length", () => {
  test("are together, shortest first, every prompt once and in its order", () => {
    fc.assert(
      fc.property(prompts, (all) => {
        const groups = groupByLength(all);
        expect(groups.flatMap(({ members }) => members).sort((a, b) => a - b)).toEqual([...all.keys()]);
        for (const [i, { members, length }] of groups.entries()) {
          expect(length).toBeGreaterThan(groups[i - 1]?.length ?? -1);
          expect(members).toEqual([...all.keys()].filter((at) => all[at]?.length === length));
        }
      }),
    );
  });
});

describe("prompts of different lengths", () => {
  test("are in one group, the shortest first", () => {
    fc.assert(
      fc.property(prompts, (all) => {
        const [group, ...others] = sortByLength(all);
        expect(others).toEqual([]);
        const wanted = [...all.keys()].sort((a, b) => (all[a]?.length ?? 0) - (all[b]?.length ?? 0));
        expect(group?.members ?? []).toEqual(wanted);
        if (group !== undefined) expect(group.length).toBe(Math.max(...all.map(({ length }) => length)));
      }),
    );
  });

  test("are parted so that no part is too large, none has more than a tenth of padding, and there are no more than of equal lengths", () => {
    const widths = fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 40 }).map((all) => all.sort((a, b) => a - b));
    fc.assert(
      fc.property(widths, fc.integer({ min: 1, max: 9 }), (all, size) => {
        const found = partsOfSimilar(all, size, (width) => width);
        expect(found.flat().sort((a, b) => a - b)).toEqual(all);
        for (const part of found) {
          expect(part.length).toBeLessThanOrEqual(size);
          expect([...part].sort((a, b) => a - b)).toEqual(part);
          expect(part.length * (part.at(-1) ?? 0) * 0.9).toBeLessThanOrEqual(part.reduce((a, b) => a + b, 0) + 1e-9);
        }
        expect(found[0]?.[0]).toBe(all[0]);
        const equal = [...new Set(all)].map((width) => Math.ceil(all.filter((one) => one === width).length / size));
        expect(found.length).toBeLessThanOrEqual(equal.reduce((a, b) => a + b, 0));
      }),
    );
  });

  test("fill each other's last parts", () => {
    expect(partsOfSimilar([20, 20, 20, 21, 21, 21, 22, 22, 60], 2, (width) => width)).toEqual([
      [20, 20],
      [20, 21],
      [21, 21],
      [22, 22],
      [60],
    ]);
  });

  test("are filled up with their first token behind what stands behind them", () => {
    const rows = { prompts: [Int32Array.of(1, 2), Int32Array.of(3, 4, 5)], requests: [0, 1], width: 4, continuation: Int32Array.of(9) };
    expect([...stack(rows, 0, 4)]).toEqual([1, 2, 9, 1, 3, 4, 5, 9]);
    expect([...stack(rows, 2, 4)]).toEqual([9, 1, 5, 9]);
    expect(lengthsOf(rows)).toEqual([3, 4]);
  });

  test("are fed at least two tokens, where others may be", () => {
    expect([leastWidth(7, 6, true), leastWidth(9, 6, true), leastWidth(7, 6, false)]).toEqual([8, 9, 7]);
  });
});

describe("what prompts begin with", () => {
  test("is common to all, and one token more is not", () => {
    fc.assert(
      fc.property(
        prompts.filter((all) => all.length > 1),
        (all) => {
          const length = commonPrefix(all);
          const agree = (at: number): boolean => all.every((ids) => ids.length > at && ids[at] === all[0]?.[at]);
          for (let at = 0; at < length; at++) expect(agree(at)).toBe(true);
          expect(agree(length)).toBe(false);
        },
      ),
    );
  });

  test("is nothing for one alone, who shares with nobody", () => {
    expect(commonPrefix([Int32Array.of(1, 2)])).toBe(0);
    expect(commonPrefix([])).toBe(0);
  });

  test("startsWith compares token by token", () => {
    expect(startsWith(Int32Array.of(1, 2, 3), Int32Array.of(1, 2))).toBe(true);
    expect(startsWith(Int32Array.of(1, 2), Int32Array.of(1, 2))).toBe(true);
    expect(startsWith(Int32Array.of(1, 2), Int32Array.of())).toBe(true);
    expect(startsWith(Int32Array.of(1, 3), Int32Array.of(1, 2))).toBe(false);
    expect(startsWith(Int32Array.of(1), Int32Array.of(1, 2))).toBe(false);
  });
});

test("parts are consecutive, full but for the last, and hold everything", () => {
  expect(parts([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
  expect(parts([1, 2], 2)).toEqual([[1, 2]]);
  expect(parts([], 3)).toEqual([]);
});

describe("rows fed together", () => {
  const all = [Int32Array.of(1, 2, 3), Int32Array.of(4, 5, 6), Int32Array.of(7, 8, 9)];

  test("are columns [start, end) of the asked prompts, row by row", () => {
    expect([...stack({ prompts: all, requests: [2, 0], width: 3 }, 1, 3)]).toEqual([8, 9, 2, 3]);
  });

  test("go on with what stands behind each prompt", () => {
    const rows = { prompts: all, requests: [0, 1], width: 5, continuation: Int32Array.of(10, 11) };
    for (let start = 0; start < 5; start++) {
      for (let end = start + 1; end <= 5; end++) {
        const expected = [0, 1].flatMap((row) => [...(all[row] as Int32Array), 10, 11].slice(start, end));
        expect([...stack(rows, start, end)]).toEqual(expected);
      }
    }
  });
});
