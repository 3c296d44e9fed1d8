import { describe, expect, it } from "vitest";
import { Role } from "../../src/chat/enums.js";
import { TransformersTextChat } from "../../src/connectors/causal_text/chat.js";
import { buildPlayers } from "../../src/players/players.js";
import type { TextUnitName } from "../../src/text/units/registry.js";
import { fakeChat } from "../support/fakes.js";
import { realTokenizer, TOKENIZER_FOLDERS, type TokenizerName } from "../support/tokenizers.js";

const by = (text: TextUnitName) => ({ text, audio: "token" as const, segmentSeconds: 1 });

async function chatOf(name: TokenizerName, text: string): Promise<TransformersTextChat> {
  const { tokenizer } = await realTokenizer(name);
  const chat = new TransformersTextChat({ tokenizer });
  chat.newTurn(Role.USER);
  chat.addText(text);
  chat.endTurn();
  return chat;
}

/** What is left of the text without each of its players. */
function withoutEach(chat: TransformersTextChat, kind: TextUnitName) {
  const { players, groupIds } = buildPlayers(chat, by(kind));
  const start = chat.shapValuesMask[0] === 0 ? (chat.tokenTexts[0] as string) : "";
  const playable = chat.playable(groupIds);
  const left = players.map(({ index }) => {
    const { tokenTexts } = playable.masked(Uint8Array.from(players, (player) => (player.index === index ? 0 : 1)));
    return tokenTexts.join("").slice(start.length);
  });
  return { texts: players.map(({ text }) => text), left };
}

const CODE = `import sys

def main(paths):
    for path in paths:
        if not path:
            continue

        print(path, end="")
    return 0

main(sys.argv[1:])
`;
const filled = (text: string): readonly string[] => text.split(/\r?\n/).filter((line) => line.trim() !== "");

const PARAGRAPHS = ["A title", "The first paragraph.\nIt has two lines.", "The second one:", "- and a list\n- of two", "Its end"];

describe.each(Object.keys(TOKENIZER_FOLDERS) as TokenizerName[])("chunks of the tokeniser %s", (name) => {
  it.each(["code-line", "line"] as const)(
    "%s: each goes alone, and the others stay whole, on lines of their own, as deep as they were",
    async (kind) => {
      for (const text of [CODE, CODE.replaceAll("\n", "\r\n"), CODE.replaceAll("    ", "\t")]) {
        const { texts, left } = withoutEach(await chatOf(name, text), kind);
        const lines = filled(text);
        expect(texts).toEqual(kind === "line" ? lines.map((line) => line.trim()) : lines);
        left.forEach((rest, i) => {
          expect(filled(rest), `without ${texts[i]}`).toEqual(lines.filter((_, line) => line !== i));
        });
      }
    },
  );

  it("paragraph: each goes alone, and the others stay paragraphs", async () => {
    const { texts, left } = withoutEach(await chatOf(name, PARAGRAPHS.join("\n\n")), "paragraph");
    expect(texts).toEqual(PARAGRAPHS);
    left.forEach((rest, i) => {
      expect(rest.trim().split(/\n\n+/), `without ${texts[i]}`).toEqual(PARAGRAPHS.filter((_, one) => one !== i));
    });
  });

  it("json-field: values go, keys and brackets stay", async () => {
    const text = '{\n  "user": {"name": "Anna", "tags": ["a", "bee cee"]},\n  "age": 41, "ok": true, "none": ""\n}';
    const { texts, left } = withoutEach(await chatOf(name, text), "json-field");
    expect(texts).toEqual(["user.name: Anna", "user.tags[0]: a", "user.tags[1]: bee cee", "age: 41", "ok: true"]);
    const values = ["Anna", "a", "bee cee", "41", "true"];
    left.forEach((rest, i) => {
      // A blank may stand in the value's own token.
      const gone = text.replace(new RegExp(`( ?)(?<=[":[] ?)${values[i]}(?=[",\\n])`), "");
      expect(rest.replaceAll(" ", ""), `without ${texts[i]}`).toBe(gone.replaceAll(" ", ""));
    });
  });
});

describe("line breaks between chunks", () => {
  const left = (tokens: readonly string[], kind: TextUnitName): readonly string[] => {
    const chat = fakeChat(tokens);
    const { players, groupIds } = buildPlayers(chat, by(kind));
    return players.map(({ index }) =>
      chat
        .playable(groupIds)
        .masked(Uint8Array.from(players, (player) => (player.index === index ? 0 : 1)))
        .tokenTexts.join(""),
    );
  };

  it("go with the line before them, and indentation with the line after", () => {
    expect(left(["a", "\n", "  ", "b", "\n", "  ", " c"], "line")).toEqual(["  b\n   c", "a\n   c", "a\n  b\n"]);
  });

  it("go with the line after them where a token holds both", () => {
    expect(left(["a", "\n  ", "b", "\n  ", " c"], "line")).toEqual(["\n  b\n   c", "a\n   c", "a\n  b"]);
  });

  it("are never lost on both sides of a line that ends in one", () => {
    // As in Qwen's vocabulary: marks are one token with the breaks behind them.
    expect(left(["Title", "\n\n", "One", ".\n\n", "Two", ".\n\n", "End"], "paragraph")).toEqual([
      "One.\n\nTwo.\n\nEnd",
      "Title\n\nTwo.\n\nEnd",
      "Title\n\nOne.\n\nEnd",
      "Title\n\nOne.\n\nTwo.\n\n",
    ]);
  });
});

describe("json-field", () => {
  const players = (text: string) => buildPlayers(fakeChat([...text]), by("json-field")).players.map((player) => player.text);

  it("names every value by its path", () => {
    expect(players('[{"a b": [[1], {}]}, "x", null]')).toEqual(['[0]["a b"][0][0]: 1', "[1]: x", "[2]: null"]);
    expect(players('{"q\\"}": "a\\"],b", "é": -1.5e3}')).toEqual(['["q\\"}"]: a\\"],b', "é: -1.5e3"]);
    expect(players('"alone"')).toEqual(["alone"]);
  });

  it("refuses a text that is not JSON in one line, with its turn", () => {
    expect(() => players("turn on the light")).toThrow(/^explain.players: json-field: the text of turn 1 is no JSON \([^\n]*\)$/);
    expect(() => players('{"a": 1,}')).toThrow(/is no JSON/);
  });

  it("keeps what is no value in every coalition", () => {
    const chat = fakeChat([...'{"a":12}']);
    const { players: own, groupIds } = buildPlayers(chat, by("json-field"));
    expect(own).toHaveLength(1);
    expect(chat.playable(groupIds).masked(Uint8Array.of(0)).tokenTexts.join("")).toBe('{"a":}');
  });
});
