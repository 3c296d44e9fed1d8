import { readFileSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { LockedError, takeLock } from "../../src/batch/lock.js";
import { folderWith } from "../cli/run.js";

const BEAT = 40;

function options(more: Partial<Parameters<typeof takeLock>[1]> = {}) {
  const waits: string[] = [];
  const lost: LockedError[] = [];
  return {
    waits,
    lost,
    with: {
      takeOver: false,
      beatMs: BEAT,
      onWait: (words: string) => waits.push(words),
      onLost: (error: LockedError) => lost.push(error),
      ...more,
    },
  };
}

const owner = (host: string, pid: number): string => JSON.stringify({ host, pid, started: "2026-01-01T00:00:00.000Z" });

describe("a shard's lock", () => {
  test("is taken, kept from others as long as its owner lives, and given back", async () => {
    const path = join(folderWith({}), "lock");
    const first = await takeLock(path, options().with);
    const second = options();
    await expect(takeLock(path, second.with)).rejects.toThrow(/works on this shard; if that is not so, --take-over takes it/);
    expect(second.waits).toHaveLength(1);
    await first.release();
    await (await takeLock(path, options().with)).release();
  });

  test("of a process of this host that is gone is taken over at once", async () => {
    const path = join(folderWith({ lock: owner(hostname(), 2 ** 22 + 7) }), "lock");
    const { waits, with: how } = options();
    const lock = await takeLock(path, how);
    expect(waits).toEqual([]);
    expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ pid: process.pid });
    await lock.release();
  });

  test("of another host is taken over when it has shown no life for a while", async () => {
    const path = join(folderWith({ lock: owner("elsewhere", 1) }), "lock");
    const began = Date.now();
    await (await takeLock(path, options().with)).release();
    expect(Date.now() - began).toBeGreaterThan(5 * BEAT);
  });

  test("of another host that beats is its owner's, whatever its clock says", async () => {
    const path = join(folderWith({ lock: owner("elsewhere", 1) }), "lock");
    let beats = 0;
    const beat = setInterval(() => utimesSync(path, new Date(0), new Date(1_000 * ++beats)), BEAT / 2);
    await expect(takeLock(path, options().with)).rejects.toThrow(LockedError);
    clearInterval(beat);
  });

  test("that is taken over is noticed by whoever had it, who does not give it back", async () => {
    const path = join(folderWith({}), "lock");
    const { lost, with: how } = options();
    const first = await takeLock(path, how);
    const second = await takeLock(path, options({ takeOver: true }).with).catch(() => null);
    writeFileSync(path, owner("elsewhere", 3));
    for (let i = 0; i < 100 && lost.length === 0; i++) await new Promise((resolve) => setTimeout(resolve, BEAT));
    expect(lost[0]?.message).toMatch(/another process has taken this shard over/);
    await first.release();
    await second?.release();
    expect(readFileSync(path, "utf8")).toBe(owner("elsewhere", 3));
  });
});
