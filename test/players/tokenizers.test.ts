import { describe, expect, it } from "vitest";
import { Role } from "../../src/chat/enums.js";
import { TransformersTextChat } from "../../src/connectors/causal_text/chat.js";
import { buildPlayers } from "../../src/players/players.js";
import { realTokenizer, TOKENIZER_FOLDERS, type TokenizerName } from "../support/tokenizers.js";

const TEXT = "Don’t pay 3.14 € for café, 你好世界 👩‍👩‍👧 or مرحبا (see https://a.b/c?x=1)!";
const WORDS = ["Don’t", "pay", "3.14", "€", "for", "café,", "你好", "世界", "👩‍👩‍👧", "or", "مرحبا", "(see", "https://a.b/c?x=1)!"];

async function chatOf(name: TokenizerName, text: string): Promise<TransformersTextChat> {
  const { tokenizer } = await realTokenizer(name);
  const chat = new TransformersTextChat({ tokenizer });
  chat.newTurn(Role.USER);
  chat.addText(text);
  chat.endTurn();
  return chat;
}

describe.each(Object.keys(TOKENIZER_FOLDERS) as TokenizerName[])("players of the tokeniser %s", (name) => {
  it("are the same words, whatever the tokens", async () => {
    const { players } = buildPlayers(await chatOf(name, TEXT), { text: "word", audio: "token", segmentSeconds: 1 });
    expect(players.map(({ text }) => text)).toEqual(WORDS);
  });

  it("are one by one what a coalition drops", async () => {
    const chat = await chatOf(name, TEXT);
    const { players, groupIds } = buildPlayers(chat, { text: "word", audio: "token", segmentSeconds: 1 }, [
      { name: "greeting", phrase: "你好世界" },
    ]);
    chat.externalGroupIds = groupIds;
    const texts = players.map(({ tokens }) => tokens.map((token) => chat.tokenTexts[token]).join(""));
    const start = groupIds[0] === 0 ? (chat.tokenTexts[0] as string) : "";
    for (const { index } of players) {
      const kept = chat.withPlayers(Uint8Array.from(players, (player) => (player.index === index ? 0 : 1)));
      expect(kept.tokenTexts.join(""), `without ${texts[index]}`).toBe(start + texts.filter((_, i) => i !== index).join(""));
    }
  });
});
