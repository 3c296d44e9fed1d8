import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ModalityFlag, Role } from "../../src/chat/enums.js";
import { SpecError } from "../../src/errors.js";
import { buildPlayers } from "../../src/players/players.js";
import type { Granularity } from "../../src/players/units.js";
import { TEXT_UNIT_NAMES } from "../../src/text/units/registry.js";
import { type FakeToken, fakeChat } from "../support/fakes.js";

const by = (text: Granularity["text"], audio: Granularity["audio"] = "token", segmentSeconds = 0.25): Granularity => ({
  text,
  audio,
  segmentSeconds,
});

const system = (text: string, turn = 1): FakeToken => ({ text, turn, role: Role.SYSTEM });
const frame = (i: number, turn = 1): FakeToken => ({
  text: "",
  turn,
  modality: ModalityFlag.AUDIO,
  time: { startS: i * 0.08, endS: (i + 1) * 0.08 },
});

const texts = (chat: ReturnType<typeof fakeChat>, granularity: Granularity, groups = []): readonly string[] =>
  buildPlayers(chat, granularity, groups).players.map((player) => player.text);

const command = fakeChat([system("<user>"), "turn", " on", " the", " kit", "chen", " light", system("</user>")]);

describe("buildPlayers", () => {
  it("makes words of tokens and leaves template tokens out", () => {
    const { players, groupIds } = buildPlayers(command, by("word"));
    expect(players.map(({ text, tokens }) => [text, tokens])).toEqual([
      ["turn", [1]],
      ["on", [2]],
      ["the", [3]],
      ["kitchen", [4, 5]],
      ["light", [6]],
    ]);
    expect([...groupIds]).toEqual([0, 1, 2, 3, 4, 4, 5, 0]);
    expect(players.every(({ kind, turn }) => kind === "word" && turn === 1)).toBe(true);
  });

  it("makes tokens, sentences and turns", () => {
    const chat = fakeChat(["Go", " home", ".", " Now", "!", { text: "Yes", turn: 2, role: Role.ASSISTANT }, { text: " so", turn: 3 }]);
    expect(texts(chat, by("token"))).toEqual(["Go", "home", ".", "Now", "!", "Yes", "so"]);
    expect(texts(chat, by("sentence"))).toEqual(["Go home.", "Now!", "Yes", "so"]);
    expect(texts(chat, by("turn"))).toEqual(["Go home. Now!", "Yes", "so"]);
  });

  it("gives a token over two words to the first, and lets parts of a character and blanks follow", () => {
    expect(texts(fakeChat(["a b", "c", " ", "d"]), by("word"))).toEqual(["a b", "c", "d"]);
    expect(texts(fakeChat(["你", "", "好", "", "", " ", " x", "\n"]), by("word"))).toEqual(["你好", "x"]);
    expect(buildPlayers(fakeChat(["你", "", "好", "", "", " ", " x", "\n"]), by("word")).groupIds).toEqual(
      Int32Array.of(1, 1, 1, 1, 1, 2, 2, 2),
    );
    expect(texts(fakeChat([" ", "\n"]), by("word"))).toEqual([""]);
  });

  it("keeps filtered tokens out, wherever they stand in a word", () => {
    const chat = fakeChat(["Go", { text: ",", player: false }, " home", { text: ".", player: false }]);
    expect(texts(chat, by("word"))).toEqual(["Go", "home"]);
    expect(texts(chat, by("sentence"))).toEqual(["Go home"]);
  });

  it("cuts audio into segments of equal length, with their times", () => {
    const chat = fakeChat(["say", ...Array.from({ length: 7 }, (_, i) => frame(i))]);
    const { players } = buildPlayers(chat, by("word", "segment"));
    expect(players.map(({ kind, tokens }) => [kind, tokens])).toEqual([
      ["word", [0]],
      ["segment", [1, 2, 3]],
      ["segment", [4, 5, 6, 7]],
    ]);
    expect(players[1]).toMatchObject({ startS: 0, endS: 0.24, text: "" });
    expect(players[0]).toMatchObject({ startS: null, endS: null });
    expect(texts(chat, by("turn", "token"))).toHaveLength(8);
  });

  it("never lets a player reach over a turn, a role or a kind of content", () => {
    const chat = fakeChat(["a", frame(0), "b", system("|"), "c", { text: "d", turn: 2 }]);
    expect(buildPlayers(chat, by("turn", "segment")).groupIds).toEqual(Int32Array.of(1, 2, 3, 0, 4, 5));
  });

  it("refuses a chat without players", () => {
    expect(() => buildPlayers(fakeChat([system("x")]), by("word"))).toThrow(SpecError);
    expect(() => buildPlayers(fakeChat([{ ...frame(0), time: undefined } as unknown as FakeToken]), by("word", "segment"))).toThrow(
      /audio token 0.*players.audio: token/,
    );
  });

  it("partitions the explainable tokens, in order, whatever the chat", () => {
    const token = fc.record({
      text: fc.oneof(fc.string({ unit: "grapheme", maxLength: 4 }), fc.constantFrom("", " ", ".", " a", "b", " “")),
      player: fc.boolean(),
      newTurn: fc.boolean(),
      audio: fc.boolean(),
    });
    const granularity = fc.record({
      text: fc.constantFrom(...TEXT_UNIT_NAMES.filter((name) => name !== "json-field")),
      audio: fc.constantFrom("token" as const, "segment" as const, "word" as const),
      segmentSeconds: fc.double({ min: 0.01, max: 2, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(token, { minLength: 1, maxLength: 30 }), granularity, (tokens, wanted) => {
        let turn = 1;
        const chat = fakeChat(
          tokens.map(({ text, player, newTurn, audio }, i) => {
            if (newTurn) turn++;
            return audio ? { ...frame(i, turn), player } : { text, player, turn };
          }),
        );
        fc.pre(tokens.some(({ player }) => player));
        const { players, groupIds } = buildPlayers(chat, wanted);
        expect(players.flatMap((player) => player.tokens).sort((a, b) => a - b)).toEqual(
          tokens.flatMap(({ player }, i) => (player ? [i] : [])),
        );
        for (const { index, tokens: own } of players) {
          expect(own.every((t) => groupIds[t] === index + 1)).toBe(true);
          expect(new Set(own.map((t) => `${chat.tokenTurns[t]} ${chat.tokensModalityFlag[t]}`)).size).toBe(1);
        }
        const firsts = players.map((player) => player.tokens[0] as number);
        expect(firsts).toEqual([...firsts].sort((a, b) => a - b));
        expect(chat.playable(groupIds).players).toBe(players.length);
      }),
      { seed: 2, numRuns: 300 },
    );
  });
});

describe("groups", () => {
  it("take the tokens of a phrase or of ranges; the rest keeps its granularity", () => {
    const { players, groupIds } = buildPlayers(command, by("word"), [
      { name: "where", phrase: "kitchen light" },
      {
        name: "verb",
        tokens: [
          [0, 2],
          [2, 3],
        ],
      },
    ]);
    expect(players.map(({ kind, text }) => [kind, text])).toEqual([
      ["group", "verb"],
      ["word", "the"],
      ["group", "where"],
    ]);
    expect([...groupIds]).toEqual([0, 1, 1, 2, 3, 3, 3, 0]);
  });

  it("may cut a word in two, and a phrase may lie inside a token", () => {
    expect(buildPlayers(command, by("word"), [{ name: "k", phrase: "chen" }]).players.map(({ text }) => text)).toEqual([
      "turn",
      "on",
      "the",
      "kit",
      "k",
      "light",
    ]);
    expect(buildPlayers(command, by("word"), [{ name: "k", phrase: "he k" }]).players.map(({ tokens }) => tokens)).toEqual([
      [1],
      [2],
      [3, 4],
      [5],
      [6],
    ]);
  });

  it("do not take a token of which the phrase holds only the blank", () => {
    expect(buildPlayers(command, by("word"), [{ name: "g", phrase: "on the " }]).players[1]?.tokens).toEqual([2, 3]);
  });

  it("choose among occurrences, those that can be players only", () => {
    const chat = fakeChat([system("red"), "red", " or", " red"]);
    const group = (occurrence?: number) => buildPlayers(chat, by("word"), [{ name: "g", phrase: "red", occurrence }]).players;
    expect(group(2).at(-1)).toMatchObject({ kind: "group", tokens: [3] });
    expect(() => group()).toThrow('group "g": "red" stands there 2 times; say which with occurrence: 1 … 2');
    expect(() => group(3)).toThrow(/no occurrence 3 of "red"; valid are 1 … 2/);
  });

  it.each([
    [{ name: "g", tokens: [[0, 9]] }, /\[0, 9\) is no range of tokens; valid are 0 ≤ start < end ≤ 8/],
    [{ name: "g", tokens: [[3, 3]] }, /\[3, 3\) is no range/],
    [{ name: "g", tokens: [[0, 1]] }, /holds no token that can be a player: valid are tokens of \[1, 7\)/],
    [{ name: "g", phrase: "Kitchen" }, /did you mean "kitchen"\?/],
    [{ name: "g", phrase: "cellar" }, /is not in any message/],
    [{ name: "g", phrase: "user" }, /stands only where no token can be a player/],
  ] as const)("%j is refused", (group, message) => {
    expect(() => buildPlayers(command, by("word"), [group as never])).toThrow(message);
    expect(() => buildPlayers(command, by("word"), [group as never])).toThrow(SpecError);
  });

  it("may not share a token", () => {
    const groups = [
      { name: "a", phrase: "the kitchen" },
      { name: "b", phrase: "kitchen" },
    ];
    expect(() => buildPlayers(command, by("word"), groups)).toThrow('group "b" shares token 4 (" kit") with group "a"');
  });
});
