import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { growRecord, NotRecorded, readRecord } from "../../../bench/sparse/record.js";
import type { Coalition } from "../../../src/game/types.js";

const folder = mkdtempSync(join(tmpdir(), "mllm-shap-record-"));
afterAll(() => rmSync(folder, { recursive: true }));

const players = Array.from({ length: 11 }, (_, i) => `sentence ${i}`);
const described = { players, answer: "yes", steps: 3 };
const coalition = (...members: readonly number[]): Coalition => Uint8Array.from(players, (_, i) => (members.includes(i) ? 1 : 0));
/** A tenth of the players' numbers, which float32 does not hold exactly. */
const worth = (one: Coalition): number => one.reduce((total, inside, i) => total + (inside * i) / 10, 0);

describe("a record", () => {
  const file = pathToFileURL(join(folder, "game.json"));
  const asked: Coalition[] = [];
  const model = async (coalitions: readonly Coalition[]): Promise<Float64Array> => {
    asked.push(...coalitions);
    return Float64Array.from(coalitions, worth);
  };

  test("asks the model once for each coalition, now and after it was written", async () => {
    const first = growRecord(described, model, file);
    const [a, b] = [coalition(1, 10), coalition()];
    expect(await first.evaluate([a, b, a], {})).toEqual(Float64Array.of(Math.fround(1.1), 0, Math.fround(1.1)));
    await first.evaluate([b], {});
    const again = growRecord(described, model, file);
    expect(await again.evaluate([a, coalition(2)], {})).toEqual(Float64Array.of(Math.fround(1.1), Math.fround(0.2)));
    expect(asked).toEqual([a, b, coalition(2)]);
  });

  test("without the model tells what it holds, and that it lacks the rest", async () => {
    const game = readRecord(file);
    expect(game).toMatchObject({ players: 11, steps: 3, coalitions: 3 });
    expect(await game.evaluate([coalition(2)], {})).toEqual(Float64Array.of(Math.fround(0.2)));
    await expect(game.evaluate([coalition(2), coalition(3)], {})).rejects.toThrow(NotRecorded);
  });

  test("is not mixed with another game's", () => {
    expect(() => growRecord({ ...described, answer: "no" }, model, file)).toThrow("another answer: delete it to record anew");
    expect(() => growRecord({ ...described, players: players.slice(1) }, model, file)).toThrow("other sentences");
  });
});
