import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TransformersCausalText } from "../../src/connectors/causal_text/model.js";
import { partedAtOneToken, scoreChoices } from "../../src/decoding/choices.js";
import type { ForcedOptions } from "../../src/decoding/score.js";

const ids = (...list: readonly number[]) => Int32Array.from(list);

describe("partedAtOneToken", () => {
  it("finds the one token of each, behind what all begin with", () => {
    expect(partedAtOneToken([ids(4), ids(5)], ["a", "b"])).toEqual({ start: ids(), ids: ids(4, 5) });
    expect(partedAtOneToken([ids(9, 4), ids(9, 5)], ["a", "b"])).toEqual({ start: ids(9), ids: ids(4, 5) });
  });

  it("refuses answers of which one takes more tokens, begins otherwise, is empty, or is another's", () => {
    const refused = (...answers: readonly Int32Array[]) =>
      expect(() => partedAtOneToken(answers, ["9", "10"])).toThrow(/one token of each/);
    refused(ids(1), ids(1, 2));
    refused(ids(9, 4), ids(8, 5));
    refused(ids(), ids(1));
    refused(ids(7), ids(7));
    expect(() => partedAtOneToken([ids(1), ids(1, 2)], ["9", "10"])).toThrow(/tokens of "9": 1, "10": 2/);
  });
});

describe("scoreChoices", () => {
  it("reads the law behind the start, also where the steps come in parts", async () => {
    const force = async (_: readonly Int32Array[], { visit, continuation }: ForcedOptions) => {
      expect([...continuation]).toEqual([3]);
      for (const first of [0, 1]) {
        const logits = Float32Array.from(first === 0 ? [9, 9, 9] : [0, Math.log(2), Math.log(5)]);
        await visit({ requests: [0], first, count: 1, logits, vocabulary: 3, hidden: null, at: () => 0, logProbability: () => Number.NaN });
      }
    };
    const [law] = await scoreChoices({ force }, [ids(1)], { start: ids(3), ids: ids(2, 1), sharedPrefix: null });
    expect([...(law ?? [])].map(Math.exp)).toEqual([expect.closeTo(5 / 8, 6), expect.closeTo(2 / 8, 6)]);
  });
});

describe("choices of a loaded model", () => {
  let model: TransformersCausalText;

  beforeAll(async () => {
    model = await TransformersCausalText.load({ config: { repoId: "embedded:nano" }, device: "cpu", threads: 1 });
  });

  afterAll(() => model.dispose());

  it("are as probable as `score` says of each alone", async () => {
    const text = (content: string) => [{ role: "user" as const, content: [{ kind: "text" as const, text: content }] }];
    const chats = [await model.buildChat(text("turn on the kitchen light")), await model.buildChat(text("is the fan on"))];
    const answers = ["1", "2", "3"].map((grade) => model.encodeResponse(grade, chats[0]));
    const laws = await model.scoreChoices(chats, answers);
    for (const [i, answer] of answers.entries()) {
      const scores = await model.score(chats, answer);
      scores.forEach((score, chat) => {
        expect(score).toHaveLength(1);
        expect(laws[chat]?.[i]).toBeCloseTo(score[0] as number, 4);
      });
    }
    await expect(model.scoreChoices(chats, [model.encodeResponse("9", chats[0]), model.encodeResponse("10", chats[0])])).rejects.toThrow(
      /one token of each/,
    );
  });
});
