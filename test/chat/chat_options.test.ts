import { describe, expect, it } from "vitest";
import { Role, SystemRolesSetup } from "../../src/chat/enums.js";
import { ExcludePunctuationTokensFilter, KeepAllTokens } from "../../src/chat/filters.js";
import { TokenFilter } from "../../src/chat/token_filter.js";
import { type BaseChatOptions, BaseMllmChat } from "../../src/compat/chat.js";
import { ConnectorError } from "../../src/errors.js";
import { MarkedChat } from "../support/chats.js";
import { fakeTokenizer } from "../support/fake_tokenizers.js";

const CHARACTERS = fakeTokenizer({ kind: "char" });
const plain = (options: BaseChatOptions): MarkedChat => new MarkedChat(CHARACTERS, options);

function talk(chat: MarkedChat, ...turns: readonly (readonly [Role, string])[]): MarkedChat {
  for (const [role, text] of turns) {
    chat.newTurn(role);
    chat.addText(text);
    chat.endTurn();
  }
  return chat;
}

describe("options of a chat", () => {
  it("empty turns are given as texts or ids, in a list or a set", () => {
    const turns = ["user", "assistant"].map((role) => `<|im_start|>${role}\n<|im_end|>\n`);
    const ids = turns.map((turn) => CHARACTERS.encode(turn));
    for (const emptyTurnSequences of [turns, new Set(turns), ids, ids.map((one) => [...one])]) {
      const chat = talk(new MarkedChat(CHARACTERS, { emptyTurnSequences }), [Role.USER, "u"], [Role.USER, "v"]);
      expect(chat.emptyTurnSequences).toEqual(ids);
      const mask = new Uint8Array(chat.inputTokensNum).fill(1);
      mask[chat.tokenRoles.indexOf(Role.USER)] = 0;
      const masked = BaseMllmChat.fromChat(mask, chat);
      expect([masked.turnNumber, masked.emptyTurnSequences]).toEqual([1, ids]);
    }
  });

  it.each([
    ["emptyTurnSequences", "<|im_end|>", /emptyTurnSequences must be an array or set.*"<|im_end|>"/],
    ["emptyTurnSequences", [7], /token ids, not 7/],
    ["emptyTurnSequences", [[1, "2"]], /"2" is among them/],
    ["emptyTurnSequences", [""], /must not be empty/],
    ["emptyTurnSequences", new Map([["a", 1]]), /an object \(Map\)/],
    ["tokenFilter", { phrasesToExclude: ["a"] }, /must be a TokenFilter/],
    ["tokenFilter", "punctuation", /tokenFilter must be an object/],
    ["systemRolesSetup", "SYSTEM", /systemRolesSetup is "SYSTEM": valid are 0, 1, 2/],
    ["device", "gpu", /device is "gpu": valid are auto/],
    ["audioMasking", "mute", /valid are drop/],
    ["getNewChatCallable", {}, /must be a function/],
    ["onEvent", true, /onEvent must be a function/],
  ])("%s of %j is refused", (name, value, reason) => {
    const make = () => new MarkedChat(CHARACTERS, { [name]: value } as never);
    expect(make).toThrow(ConnectorError);
    expect(make).toThrow(reason);
  });

  it("a filter takes phrases: no single text, nothing empty, and its default can be replaced", () => {
    for (const wrong of ["um", 7, null, [""], [7]]) expect(() => new TokenFilter(wrong as never)).toThrow(ConnectorError);
    expect([...new ExcludePunctuationTokensFilter(["-"]).phrasesToExclude]).toEqual(["-"]);
    expect(() => new (KeepAllTokens as never as new (phrases: readonly string[]) => unknown)(["um"])).toThrow(/excludes no phrase/);
  });

  it.each([
    [SystemRolesSetup.NONE, [false, false, false]],
    [SystemRolesSetup.SYSTEM, [false, false, true]],
    [SystemRolesSetup.SYSTEM_ASSISTANT, [false, true, true]],
  ])("setup %i: the turns of which roles are the system's", (systemRolesSetup, expected) => {
    const seen = [Role.USER, Role.ASSISTANT, Role.SYSTEM].map((role) => {
      const chat = plain({ systemRolesSetup });
      expect(chat.isSystemTurn).toBe(false);
      chat.newTurn(role);
      return chat.isSystemTurn;
    });
    expect(seen).toEqual(expected);
  });
});
