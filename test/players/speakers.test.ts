import { describe, expect, it } from "vitest";
import { ModalityFlag } from "../../src/chat/enums.js";
import { buildPlayers } from "../../src/players/players.js";
import { withSpeakers } from "../../src/players/speakers.js";
import { fakeChat } from "../support/fakes.js";

const word = (text: string, i: number) => ({ text, modality: ModalityFlag.AUDIO, time: { startS: i, endS: i + 1 } });

/** A text, three words of an aligned clip, and a stretch of one that is not aligned. */
const chat = {
  ...fakeChat(["say", word("turn", 0), word("it", 1), word("on", 2), { ...word("", 0), turn: 2 }]),
  tokenConfidences: [null, 1, 0.5, 0, null],
};
const { players } = buildPlayers(chat, { text: "word", audio: "token", segmentSeconds: 1 }, [{ name: "both", tokens: [[2, 4]] }]);

describe("withSpeakers", () => {
  it("gives each player who says all its words", () => {
    const named = withSpeakers(players, chat, ["Anna", "Ben", "Ben"]);
    expect(named.map(({ text, speaker }) => [text, speaker])).toEqual([
      ["say", undefined],
      ["turn", "Anna"],
      ["both", "Ben"],
      ["", undefined],
    ]);
    expect(withSpeakers(players, chat, ["Anna", "Ben", null]).map(({ speaker }) => speaker)).toEqual([
      undefined,
      "Anna",
      undefined,
      undefined,
    ]);
  });

  it("leaves players alone where nobody is named, and refuses another number of words", () => {
    expect(withSpeakers(players, chat, [null])).toBe(players);
    expect(() => withSpeakers(players, chat, ["Anna"])).toThrow(/transcripts have 1 words, and the conversation has 3/);
  });
});
