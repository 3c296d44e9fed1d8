import { describe, expect, test } from "vitest";
import { evaluationKey, planResults } from "../../src/batch/plan_results.js";
import type { ResultSet } from "../../src/batch/result_set.js";
import type { StoredResult } from "../../src/results/player_rows.js";
import { sampleResult, words } from "../support/samples.js";

const result = (value: number, id: string): StoredResult => ({
  ...sampleResult({ turns: [{ role: "user", entries: [{ tokens: words([["on", value]]) }] }] }),
  id,
});

function setOf(results: readonly StoredResult[]): Pick<ResultSet, "ids" | "read"> {
  return {
    ids: results.map(({ id = "" }) => id),
    read: async (id) => results.find((one) => one.id === id) ?? result(0, id),
  };
}

describe("planResults", () => {
  test("plans one's own shard, and one key once", async () => {
    const set = setOf([result(1, "a"), result(2, "b"), result(1, "c"), result(3, "d")]);
    const whole = await planResults(set, { index: 0, count: 1 }, []);
    expect(whole.planned.map(({ id, position }) => [id, position])).toEqual([
      ["a", 0],
      ["b", 1],
      ["d", 3],
    ]);
    expect(whole.again.map(({ id }) => id)).toEqual(["c"]);
    const half = await planResults(set, { index: 1, count: 2 }, []);
    expect(half.planned.map(({ id }) => id)).toEqual(["b", "d"]);
    expect([half.total, half.manifest]).toEqual([whole.total, whole.manifest]);
  });
});

describe("evaluationKey", () => {
  test("depends on what is said of the players and on what is asked, not on names and cost", () => {
    const one = result(1, "a");
    const { run: _, ...unpriced } = one;
    expect(evaluationKey({ ...unpriced, id: "z", key: "k" }, [])).toBe(evaluationKey(one, []));
    expect(evaluationKey(one, ["exact-match"])).not.toBe(evaluationKey(one, []));
    expect(evaluationKey(result(2, "a"), [])).not.toBe(evaluationKey(one, []));
  });
});
