import { describe, expect, test } from "vitest";
import { pageOf } from "../../../bench/sparse/page.js";

const facts = { players: 5, steps: 3, coalitions: 1_234, heldOut: 8, top: [1, 3] };
const rows = [
  {
    budget: 64,
    name: "one",
    refused: false,
    cells: [
      { drops: [1, 2], score: 0.5 },
      { drops: [2, 2], score: 0.7 },
    ],
  },
  { budget: 64, name: "other", refused: false, cells: [{ drops: [1.45, null], score: 0.9 }] },
  { budget: 64, name: "third", refused: true, cells: [] },
  { budget: 128, name: "one", refused: false, cells: [] },
];
const lines = pageOf(facts, rows).split("\n");

describe("the page", () => {
  test("has means over seeds, nothing where a seed's is not known, and who refuses", () => {
    expect(lines).toContain("| 64 | one | 2 | 1.50 | 2.00 | 0.60 |");
    expect(lines).toContain("| 64 | other | 1 | 1.45 |  | 0.90 |");
    expect(lines).toContain("| 64 | third | refused |  |  |  |");
  });

  test("names who is best, with those as good as that, and nobody where somebody's number is missing", () => {
    expect(lines).toContain("| 64 | one, other |  | other |");
    expect(lines).toContain("| 128 |  |  |  |");
  });

  test("says where the record lacks something", () => {
    const lacking = (some: typeof rows): boolean => pageOf(facts, some).includes("The record is not complete yet");
    expect(lacking(rows)).toBe(true);
    expect(lacking(rows.slice(0, 3))).toBe(false);
  });
});
