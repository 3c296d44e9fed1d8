import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { folderEntries, heldEntries, joinEntries, linesEntries } from "../../src/batch/result_set.js";
import type { StoredResult } from "../../src/results/player_rows.js";
import { jsonLines } from "../cli/batch/conversations.js";
import { folderWith } from "../cli/run.js";
import { sampleResult, words } from "../support/samples.js";

const result = (value: number): StoredResult => sampleResult({ turns: [{ role: "user", entries: [{ tokens: words([["on", value]]) }] }] });
const named = (id: string, value = 1): StoredResult => ({ ...result(value), id, key: id.padEnd(64, "0") });
const firstValue = ({ players }: StoredResult): number | undefined => players[0]?.value;
/** Without a name of its own. */
const nameless = (value: number): StoredResult => ({ ...result(value), spec: { ...result(value).spec, path: null } });

describe("a set of results", () => {
  test("is read from lines one by one, in their order", async () => {
    const folder = folderWith({ "all.jsonl": jsonLines([named("b", 2), result(4)]) });
    const set = await joinEntries(await linesEntries(join(folder, "all.jsonl"), "all.jsonl", 0));
    expect(set.ids[0]).toBe("b");
    expect(firstValue(await set.read(set.ids[1] ?? ""))).toBe(4);
    await expect(set.read("c9")).rejects.toThrow(/no result of c9/);
  });

  test("of several parts has what stands in two of them once, and tells whose values differ", async () => {
    const parts = [
      ...heldEntries([named("a"), named("b")], "x.json", 0),
      ...heldEntries([named("b", 1 + 1e-9), named("a", 3)], "y.json", 2),
    ];
    const set = await joinEntries(parts);
    expect(set).toMatchObject({ ids: ["a", "b"], differing: ["a"] });
    expect(firstValue(await set.read("a"))).toBe(1);
  });

  test("keeps results without a name of their own apart", async () => {
    const parts = [...heldEntries([nameless(1), nameless(2)], "x.json", 0), ...heldEntries([nameless(3)], "y.json", 2)];
    expect((await joinEntries(parts)).ids).toEqual(["#0", "#1", "#2"]);
  });

  const first = named("a");
  test.each<[string, StoredResult]>([
    ["another conversation", { ...first, spec: { ...first.spec, sha256: "f".repeat(64) } }],
    ["another model", { ...first, model: { ...first.model, repo: "other" } }],
    ["another sampler", { ...first, explainer: { ...first.explainer, sampler: "other" } }],
    ["another payoff", { ...first, explainer: { ...first.explainer, payoff: "other" } }],
    ["another number of coalitions", { ...first, explainer: { ...first.explainer, coalitions: 99 } }],
    ["other settings", { ...first, key: "e".repeat(64) }],
  ])("has no two explanations of one id: %s", async (other, second) => {
    const join2 = (where: string) => joinEntries([...heldEntries([first], "x.json", 0), ...heldEntries([second], where, 1)]);
    await expect(join2("y.json")).rejects.toThrow(`y.json: has the id of x.json, "a", and is of ${other}; a set has one result of each`);
    await expect(join2("x.json")).rejects.toThrow(`x.json: holds "a" twice, the second of ${other}; a set has one`);
  });

  test("of a folder of evaluations is refused by the name that was given", async () => {
    const folder = folderWith({
      "plan-0-of-1.jsonl": jsonLines([{ manifest: "m", total: 0, task: "evaluate", written: "2026-01-01T00:00:00.000Z" }]),
    });
    await expect(folderEntries(folder, "scores")).rejects.toThrow("scores: holds evaluations, no results");
  });
});
