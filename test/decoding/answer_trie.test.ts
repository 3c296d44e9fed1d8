import { describe, expect, test } from "vitest";
import { AnswerTrie } from "../../src/decoding/answer_trie.js";

function trieOf(...answers: readonly (readonly number[])[]): AnswerTrie {
  const trie = new AnswerTrie();
  for (const answer of answers) trie.add(answer);
  return trie;
}

describe("answers seen so far", () => {
  test("guess the way that most went, by the rule of succession at every token", () => {
    const trie = trieOf([1, 2, 3], [1, 2, 4], [1, 2, 4], [1, 9]);
    // Of four answers four began with 1, of these three went on with 2, of these two with 4: seen / (before + 1) each.
    const { ids, odds } = trie.guess([], 8);
    expect(ids).toEqual([1, 2, 4]);
    for (const [i, odd] of [4 / 5, (4 / 5) * (3 / 5), (4 / 5) * (3 / 5) * (2 / 4)].entries()) expect(odds[i]).toBeCloseTo(odd, 14);
    expect(trie.guess([1, 2], 8)).toEqual({ ids: [4], odds: [2 / 4] });
  });

  test("go no further than asked, and nowhere from a start that none had", () => {
    const trie = trieOf([1, 2, 3], [1, 2, 3]);
    expect(trie.guess([], 2).ids).toEqual([1, 2]);
    expect(trie.guess([], 3).ids).toEqual([1, 2, 3]);
    expect(trie.guess([1, 3], 3)).toEqual({ ids: [], odds: [] });
    expect(trie.guess([1, 2, 3], 3)).toEqual({ ids: [], odds: [] });
    expect(new AnswerTrie().guess([], 3)).toEqual({ ids: [], odds: [] });
  });

  test("trust what was seen once no more than half", () => {
    expect(trieOf([7, 8]).guess([], 2).odds).toEqual([1 / 2, 1 / 4]);
  });

  test("change a guess as soon as another way is seen more often", () => {
    const trie = trieOf([1, 2]);
    expect(trie.guess([1], 1).ids).toEqual([2]);
    trie.add([1, 3]);
    trie.add([1, 3]);
    expect(trie.guess([1], 1)).toEqual({ ids: [3], odds: [2 / 4] });
  });

  test("forget all once they are too many, instead of growing without end", () => {
    const trie = trieOf([1, 2], [1, 2]);
    trie.add(Array.from({ length: 200_001 }, (_, i) => 10 + i));
    expect(trie.guess([1], 1).ids).toEqual([2]);
    trie.add([5, 6]);
    expect(trie.guess([1], 1).ids).toEqual([]);
    expect(trie.guess([5], 1).ids).toEqual([6]);
  });
});
