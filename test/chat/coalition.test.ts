import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Role, SystemRolesSetup } from "../../src/chat/enums.js";
import { ExcludePunctuationTokensFilter } from "../../src/chat/filters.js";
import { type BaseChatOptions, BaseMllmChat } from "../../src/compat/chat.js";
import { TransformersTextChat } from "../../src/connectors/causal_text/chat.js";
import { bits, ChatWithAudio, MarkedChat } from "../support/chats.js";
import { fakeTokenizer } from "../support/fake_tokenizers.js";

const CHARACTERS = fakeTokenizer({ kind: "char" });
const EMPTY_TURNS = ["user", "system", "assistant"].map((role) => CHARACTERS.encode(`<|im_start|>${role}\n<|im_end|>\n`));

function marked(turns: readonly (readonly [Role, string])[], options: BaseChatOptions = {}): MarkedChat {
  const chat = new MarkedChat(CHARACTERS, { emptyTurnSequences: EMPTY_TURNS, ...options });
  for (const [role, text] of turns) {
    chat.newTurn(role);
    if (text !== "") chat.addText(text);
    chat.endTurn();
  }
  return chat;
}

/** "S:be brief U:hi A:" from a chat: one entry a turn, contents after the colon. */
function sketch(chat: BaseMllmChat): string {
  const text = chat.decodeText();
  return text
    .replaceAll(/<\|im_start\|>(.)[a-z]*\n/g, (_, initial: string) => ` ${initial.toUpperCase()}:`)
    .replaceAll("<|im_end|>\n", "")
    .trim();
}

const { USER, ASSISTANT, SYSTEM } = Role;

describe("a coalition's chat", () => {
  it.each([
    ["111111", "S:s U:ab A:cd U:ef"],
    ["100111", "S:s U:a A:d U:ef"],
    ["001111", "S:s A:cd U:ef"],
    ["110011", "S:s U:ab U:ef"],
    ["111100", "S:s U:ab A:cd U:"],
    ["000001", "S:s U:f"],
    ["000000", "S:s U:"],
  ])("of %s is %s", (coalition, expected) => {
    const chat = marked([
      [SYSTEM, "s"],
      [USER, "ab"],
      [ASSISTANT, "cd"],
      [USER, "ef"],
    ]);
    expect(sketch(chat.withPlayers(bits(coalition)))).toBe(expected);
  });

  it("keeps the open turn of the answer", () => {
    const chat = marked([
      [USER, "ab"],
      [ASSISTANT, "c"],
      [USER, "d"],
    ]);
    chat.newTurn(ASSISTANT);
    const empty = chat.withPlayers(bits("0000"));
    expect(sketch(empty)).toBe("U: A:");
    expect([empty.speaker, empty.turnRoles, [...new Set(empty.tokenTurns)]]).toEqual([ASSISTANT, [USER, ASSISTANT], [1, 2]]);
    empty.append(CHARACTERS.encode("ok"));
    empty.endTurn();
    expect(sketch(empty)).toBe("U: A:ok");
  });

  it("keeps what is no player: other roles, filtered tokens, and a turn that holds such", () => {
    const setup = { systemRolesSetup: SystemRolesSetup.SYSTEM_ASSISTANT, tokenFilter: new ExcludePunctuationTokensFilter() };
    const chat = marked(
      [
        [USER, "a!"],
        [ASSISTANT, "b"],
        [USER, "c?"],
        [USER, "d"],
      ],
      setup,
    );
    expect(sketch(chat.withPlayers(bits("000")))).toBe("U:! A:b U:? U:");
  });

  it("keeps a turn that was empty all along", () => {
    const chat = marked([
      [USER, ""],
      [ASSISTANT, "b"],
      [USER, "c"],
    ]);
    expect(sketch(chat.withPlayers(bits("00")))).toBe("U: U:");
  });

  it("follows groups of any ids, over several turns", () => {
    const chat = marked([
      [USER, "ab"],
      [ASSISTANT, "cd"],
      [USER, "ef"],
    ]);
    const content = [...chat.shapValuesMask].flatMap((bit, i) => (bit === 1 ? [i] : []));
    const ids = new Int32Array(chat.inputTokensNum);
    [7, 5, 5, 7, 7, 0].forEach((id, i) => {
      ids[content[i] as number] = id;
    });
    chat.externalGroupIds = ids;
    expect(chat.playersNum).toBe(2);
    expect(sketch(chat.withPlayers(bits("10")))).toBe("U:b A:c U:f");
    expect(sketch(chat.withPlayers(bits("01")))).toBe("U:a A:d U:ef");
    expect(sketch(chat.withPlayers(bits("00")))).toBe("U:f");
  });

  it("where all tokens are players, template tokens come and go as players do", () => {
    const chat = marked(
      [
        [USER, "a"],
        [USER, "b"],
      ],
      { systemRolesSetup: SystemRolesSetup.NONE },
    );
    const coalition = new Uint8Array(chat.playersNum).fill(1);
    coalition[chat.tokenTexts.indexOf("a")] = 0;
    expect(sketch(chat.withPlayers(coalition))).toBe("U: U:b");
  });

  it("of nothing at all is the start of text", () => {
    const chat = new TransformersTextChat({ tokenizer: CHARACTERS });
    chat.newTurn(USER);
    chat.addText("ab");
    chat.endTurn();
    const empty = chat.withPlayers(bits("00"));
    expect(empty.decodeText()).toBe("<|startoftext|>");
    expect(empty.playersNum).toBe(0);
    const ends = new TransformersTextChat({ tokenizer: { ...CHARACTERS, bosId: null } });
    ends.newTurn(USER);
    ends.addText("ab");
    expect(ends.withPlayers(bits("00")).decodeText()).toBe("<|endoftext|>");
  });

  it("cuts audio with its tokens, and the turn with its last one", async () => {
    const chat = new ChatWithAudio(CHARACTERS);
    chat.newTurn(USER);
    await chat.addAudio(Uint8Array.of(7, 8, 9));
    chat.endTurn();
    chat.newTurn(USER);
    chat.addText("x");
    chat.endTurn();
    const some = chat.withPlayers(bits("0101")) as ChatWithAudio;
    expect([some.heard, sketch(some)]).toEqual([[8], "U: U:x"]);
    expect(sketch(chat.withPlayers(bits("0001")))).toBe("U:x");
    expect(chat.withPlayers(bits("0101")).fingerprint).not.toBe(chat.withPlayers(bits("1001")).fingerprint);
  });

  it("does not take coalitions of another game", () => {
    expect(() => marked([[USER, "ab"]]).withPlayers(bits("1"))).toThrow(/coalition of 1 does not fit a chat of 2 players/);
  });
});

describe("coalitions and masks", () => {
  const turns = fc.array(fc.tuple(fc.constantFrom(USER, ASSISTANT, SYSTEM), fc.stringMatching(/^[a-c!]{0,4}$/)), {
    minLength: 1,
    maxLength: 5,
  });
  const setups = fc.constantFrom(SystemRolesSetup.SYSTEM, SystemRolesSetup.SYSTEM_ASSISTANT);

  it("the whole coalition is the chat", () => {
    fc.assert(
      fc.property(turns, setups, (given, systemRolesSetup) => {
        const chat = marked(given, { systemRolesSetup });
        const whole = chat.withPlayers(new Uint8Array(chat.playersNum).fill(1));
        expect([...whole.inputTokens]).toEqual([...chat.inputTokens]);
        expect([whole.fingerprint, [...whole.tokenTurns], whole.tokenRoles, whole.turnRoles]).toEqual([
          chat.fingerprint,
          [...chat.tokenTurns],
          chat.tokenRoles,
          chat.turnRoles.filter((_, turn) => chat.tokenTurns.includes(turn + 1)),
        ]);
      }),
    );
  });

  it("a coalition's chat is that of its mask, but for an emptied last user turn", () => {
    fc.assert(
      fc.property(turns, setups, fc.infiniteStream(fc.boolean()), (given, systemRolesSetup, draws) => {
        const chat = marked(
          given.filter(([, text]) => text !== ""),
          { systemRolesSetup, tokenFilter: new ExcludePunctuationTokensFilter() },
        );
        const coalition = Uint8Array.from({ length: chat.playersNum }, () => (draws.next().value ? 1 : 0));
        let player = 0;
        const mask = chat.shapValuesMask.map((bit) => (bit === 0 ? 1 : (coalition[player++] as number)));
        const lastUser = chat.turnRoles.lastIndexOf(USER) + 1;
        const asked = [...mask].some((bit, i) => bit === 1 && chat.tokenTurns[i] === lastUser && chat.tokenRoles[i] === USER);
        fc.pre(lastUser > 0 && asked);
        const [masked, played] = [BaseMllmChat.fromChat(mask, chat), chat.withPlayers(coalition)];
        expect(played.decodeText()).toBe(masked.decodeText());
        expect([played.fingerprint, [...played.tokenTurns], played.tokenRoles, played.turnRoles, played.tokenTexts]).toEqual([
          masked.fingerprint,
          [...masked.tokenTurns],
          masked.tokenRoles,
          masked.turnRoles,
          masked.tokenTexts,
        ]);
      }),
    );
  });

  it("nothing of the chat itself changes", () => {
    const chat = marked([
      [USER, "ab"],
      [ASSISTANT, "c"],
    ]);
    const before = [chat.decodeText(), chat.fingerprint, [...chat.tokenTurns]];
    const played = chat.withPlayers(bits("100"));
    played.newTurn(USER);
    played.addText("zz");
    expect([chat.decodeText(), chat.fingerprint, [...chat.tokenTurns]]).toEqual(before);
  });

  it("games with other players go on side by side: the chat holds none of them", () => {
    const chat = marked([
      [USER, "abcd"],
      [ASSISTANT, "e"],
    ]);
    const own = chat.playable();
    const ids = Int32Array.from(chat.shapValuesMask);
    ids[ids.indexOf(1)] = 2;
    const [two, again] = [chat.playable(ids), chat.playable()];
    expect([own.players, two.players, again.players]).toEqual([5, 2, 5]);
    expect(own.sharedPrefix).toBe(chat.shapValuesMask.indexOf(1));
    expect(sketch(two.masked(bits("01")) as BaseMllmChat)).toBe("U:a");
    expect(sketch(own.masked(bits("01000")) as BaseMllmChat)).toBe("U:b");
    expect(sketch(again.masked(bits("01000")) as BaseMllmChat)).toBe("U:b");
    expect([chat.externalGroupIds, chat.playersNum]).toEqual([null, 5]);
    expect(() => chat.playable(Int32Array.of(1))).toThrow(/size does not match/);
    expect(() => chat.playable({} as never)).toThrow(/group ids must be an array of token ids/);
  });

  it("a chat that went on is not masked by the plan of what it was", () => {
    const chat = marked([[USER, "ab"]]);
    const { masked } = chat.playable();
    chat.newTurn(USER);
    expect(() => masked(bits("10"))).toThrow(/changed since it was cut into players/);
  });

  it("a thousand coalitions of a thousand players take well under a second", () => {
    const chat = marked([
      [SYSTEM, "s"],
      [USER, "abcdefghij".repeat(100)],
    ]);
    // Processor time: other processes do not count.
    const started = process.cpuUsage();
    const seen = new Set<string>();
    for (let i = 0; i < 1000; i++) {
      seen.add(chat.withPlayers(Uint8Array.from({ length: 1000 }, (_, player) => ((player * 7 + i) % 3 === 0 ? 0 : 1))).fingerprint);
    }
    expect(seen.size).toBe(3);
    expect(process.cpuUsage(started).user).toBeLessThan(1.5e6);
  });
});
