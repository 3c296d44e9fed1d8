import { describe, expect, it } from "vitest";
import { ModalityFlag, Role } from "../../src/chat/enums.js";
import { checkedTree } from "../../src/game/tree.js";
import type { PlayerTree } from "../../src/game/types.js";
import { buildPlayers } from "../../src/players/players.js";
import { playerTree } from "../../src/players/tree.js";
import { type FakeToken, fakeChat } from "../support/fakes.js";

const frame = (i: number): FakeToken => ({
  text: "",
  turn: 2,
  modality: ModalityFlag.AUDIO,
  time: { startS: i * 0.08, endS: (i + 1) * 0.08 },
});

/** A tree as nested lists of players' texts, unions of one left out. */
function shown(tree: PlayerTree, texts: readonly string[]): unknown {
  if (typeof tree === "number") return texts[tree];
  const children = tree.children.map((child) => shown(child, texts));
  return children.length === 1 ? children[0] : children;
}

const chat = fakeChat([
  { text: "<u>", role: Role.SYSTEM },
  "Go",
  " ho",
  "me",
  ".",
  " Now",
  "!",
  { text: "Yes", turn: 2 },
  ...Array.from({ length: 6 }, (_, i) => frame(i)),
]);

function treeOf(granularity: Parameters<typeof buildPlayers>[1], groups: Parameters<typeof buildPlayers>[2] = []): unknown {
  const { players } = buildPlayers(chat, granularity, groups);
  const tree = playerTree(chat, players, 0.24);
  expect(() => checkedTree(tree, players.length)).not.toThrow();
  return shown(
    tree,
    players.map(({ text, startS }) => (text === "" ? `${startS?.toFixed(2)} s` : text)),
  );
}

describe("playerTree", () => {
  it("unites tokens in words, sentences, turns; frames in stretches, clips", () => {
    expect(treeOf({ text: "token", audio: "token", segmentSeconds: 0.24 })).toEqual([
      [
        ["Go", ["ho", "me", "."]],
        ["Now", "!"],
      ],
      [
        "Yes",
        [
          ["0.00 s", "0.08 s", "0.16 s"],
          ["0.24 s", "0.32 s", "0.40 s"],
        ],
      ],
    ]);
  });

  it("unites coarser players just as well", () => {
    expect(treeOf({ text: "word", audio: "segment", segmentSeconds: 0.24 })).toEqual([
      [["Go", "home."], "Now!"],
      ["Yes", ["0.00 s", "0.24 s"]],
    ]);
  });

  it("puts a group where its first token stands", () => {
    expect(
      treeOf({ text: "word", audio: "segment", segmentSeconds: 0.24 }, [
        {
          name: "both",
          tokens: [
            [2, 4],
            [5, 6],
          ],
        },
      ]),
    ).toEqual([
      [["Go", ["both", "."]], "!"],
      ["Yes", ["0.00 s", "0.24 s"]],
    ]);
  });

  it("names its unions", () => {
    const tree = playerTree(chat, buildPlayers(chat, { text: "token", audio: "token", segmentSeconds: 1 }).players, 1);
    expect(tree).toMatchObject({
      name: "conversation",
      children: [
        {
          name: "turn 1",
          children: [{ name: "text", children: [{ name: "Go home.", children: [{ name: "Go" }, { name: "home." }] }, { name: "Now!" }] }],
        },
        { name: "turn 2" },
      ],
    });
  });
});
