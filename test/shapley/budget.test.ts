import { describe, expect, it } from "vitest";
import { coalitionsOf } from "../../src/shapley/budget.js";
import { ExplainSchema } from "../../src/spec/schema/explain.js";

describe("budgets", () => {
  it("are numbers, or so many a player", () => {
    expect(coalitionsOf(300, 7)).toBe(300);
    expect(coalitionsOf("10n", 7)).toBe(70);
    expect(coalitionsOf("2.5n", 7)).toBe(18);
    expect(coalitionsOf("0.1n", 3)).toBe(2);
    expect(coalitionsOf("99999999n", 1_000)).toBe(10_000_000);
  });

  it.each(["n", "10", "-3n", "0n", "ten n", "1e3n", 1, 0, 2.5])("refuse %j", (budget) => {
    const { success, error } = ExplainSchema.safeParse({ budget });
    expect(success).toBe(false);
    expect(error?.issues[0]?.message).toContain("such as 10n");
  });

  it.each([2, 1024, "10n", "2.5n"])("take %j", (budget) => {
    expect(ExplainSchema.parse({ budget }).budget).toBe(budget);
  });
});
