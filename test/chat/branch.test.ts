import { expect, test } from "vitest";
import { branchOf } from "../../src/chat/branch.js";
import type { PlayerCut } from "../../src/chat/coalition.js";

/** One turn of `prefix` template tokens, then players of one token each, then `after` template tokens. */
function cutOf(prefix: number, players: number, after: number): PlayerCut {
  const tokens = prefix + players + after;
  return {
    players,
    playerOf: Int32Array.from({ length: tokens }, (_, i) => (i >= prefix && i < prefix + players ? i - prefix : -1)),
    turns: new Int32Array(tokens).fill(1),
    template: Uint8Array.from({ length: tokens }, (_, i) => (i >= prefix && i < prefix + players ? 0 : 1)),
    contentOfTurn: Int32Array.of(0, players),
    sharedPrefix: prefix,
    vanishes: Uint8Array.of(0, 0),
  };
}

test("is the same for the same chat, and no shallower for more players while all coalitions are looked at", () => {
  const depths = [2, 4, 6, 8, 10, 12, 40].map((players) => branchOf(cutOf(4, players, 5)));
  expect(depths).toEqual([2, 4, 6, 8, 10, 12, 40].map((players) => branchOf(cutOf(4, players, 5))));
  // All coalitions of twelve players start in few ways; of those of forty that are asked for, hardly two start alike.
  expect(depths.slice(3, 6).every((depth, i, all) => depth >= (all[i - 1] ?? 1))).toBe(true);
  expect(depths[6]).toBe(0);
});

test("is none where nobody plays, or one does", () => {
  expect(branchOf(cutOf(4, 0, 5))).toBe(0);
  expect(branchOf(cutOf(4, 1, 5))).toBe(0);
});
