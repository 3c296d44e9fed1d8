import { describe, expect, it } from "vitest";
import { planMethod, resolveSampler } from "../../src/shapley/plan.js";
import { METHODS, SAMPLER_NAMES, type SamplerName } from "../../src/shapley/registry.js";

const options = { confidence: 0.95 };
const plan = (sampler: SamplerName, players: number, budget = 1024, budgetGiven = false) =>
  planMethod({ sampler, players, budget, budgetGiven, options, secondsPerCoalition: 0.5 });

describe("planMethod", () => {
  it("enumerates wherever 2^n coalitions fit", () => {
    for (const sampler of ["auto", "exact", "permutation", "monte-carlo"] as const) {
      for (const players of [1, 2, 10]) expect(plan(sampler, players)).toMatchObject({ enumerates: true, budget: 1024 });
    }
    expect(plan("permutation", 11)).toMatchObject({ definition: METHODS.permutation, enumerates: false });
  });

  it("knows monte-carlo as permutation", () => {
    expect(plan("monte-carlo", 30).definition).toBe(METHODS.permutation);
  });

  it("auto: exact, else a surrogate, which also does with less than an order", () => {
    expect(resolveSampler("auto", 10, 1024)).toBe(METHODS.exact);
    expect(resolveSampler("auto", 11, 32)).toBe(METHODS.proxy);
    expect(resolveSampler("auto", 400, 1024)).toBe(METHODS.proxy);
    expect(resolveSampler("auto", 2_000, 1024)).toBe(METHODS.proxy);
  });

  it("exact asked for by name ignores a default budget and obeys a given one", () => {
    expect(plan("exact", 12)).toMatchObject({ definition: METHODS.exact, budget: 4096 });
    expect(() => plan("exact", 12, 1024, true)).toThrow(
      /all 2\^12 = 4,096 coalitions \(about 35 min\); the budget is 1024: use sampler auto/,
    );
    expect(() => plan("exact", 21)).toThrow(/2,097,152 coalitions .*the limit is 20 players/);
    expect(() => plan("exact", 1_000)).toThrow(/1\.1e\+301 coalitions/);
  });

  it("names the minimum where a budget is too small, for every sampler", () => {
    for (const sampler of SAMPLER_NAMES.filter((name) => !resolveSampler(name, 30, 3).enumerates)) {
      expect(() => plan(sampler, 30, 3, true)).toThrow(/at least \d+ coalitions for 30 players; the budget is 3/);
    }
  });

  it("names another method where one is cheap enough", () => {
    expect(() => plan("leverage", 30, 31, true)).toThrow(
      /at least 60 coalitions for 30 players; the budget is 31 \(permutation works from 31\)/,
    );
    expect(() => plan("leverage", 30, 30, true)).toThrow(/the budget is 30 \(proxy works from 4\)$/);
    expect(() => plan("leverage", 30, 3, true)).toThrow(/the budget is 3$/);
  });
});
