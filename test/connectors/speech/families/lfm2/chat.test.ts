import { describe, expect, it } from "vitest";
import { decodeAudio } from "../../../../../src/audio/files/decode.js";
import { writeWav } from "../../../../../src/audio/files/wav_write.js";
import type { AudioCodes } from "../../../../../src/chat/append.js";
import type { Aligner, AudioSegment } from "../../../../../src/chat/audio_segment.js";
import { ModalityFlag, ModelHistoryTrackingMode, Role } from "../../../../../src/chat/enums.js";
import { LiquidAudioChat } from "../../../../../src/connectors/speech/families/lfm2/chat.js";
import type { LiquidAudioChatOptions } from "../../../../../src/connectors/speech/families/lfm2/chat_options.js";
import { END_OF_AUDIO } from "../../../../../src/connectors/speech/families/lfm2/tokens.js";
import { ConnectorError } from "../../../../../src/errors.js";
import type { RunEvent } from "../../../../../src/events.js";
import { fakeTokenizer } from "../../../../support/fake_tokenizers.js";
import { sine } from "../../../../support/signals.js";

const RATE = 16_000;
const tokenizer = fakeTokenizer({ kind: "char" });
const [LOW, HIGH] = [440, 880].map((pitch) => writeWav(sine(pitch, 1), RATE)) as [Uint8Array, Uint8Array];
const { AUDIO, TEXT } = ModalityFlag;

const word = (token: string, startSample: number, endSample: number): AudioSegment => ({
  token,
  startSample,
  endSample,
  sampleRate: RATE,
  startTime: startSample / RATE,
  endTime: endSample / RATE,
  duration: (endSample - startSample) / RATE,
  confidence: 1,
  audio: null,
  audioFormat: null,
  boundaryRefined: false,
});
const WORDS = [word("one", 0, 8_000), word("two", 8_000, 16_000)];

/** Gives these segments; sound is the first bytes of the clip. */
const given = (segments: unknown): Aligner => ({
  align: async () => segments as readonly AudioSegment[],
  attachAudioToSegments: async (all, { audio }) => all.map((one) => ({ ...one, audio: audio.slice(0, 60), audioFormat: "wav" })),
});

function userTurn(options: Partial<LiquidAudioChatOptions> = {}): LiquidAudioChat {
  const chat = new LiquidAudioChat({ tokenizer, ...options });
  chat.newTurn(Role.USER);
  return chat;
}

const tokensOf = (chat: LiquidAudioChat): readonly unknown[] => [[...chat.inputTokens], chat.audioInputs.length, chat.fingerprint];

describe("adding audio", () => {
  it("two clips at once: the first one stands in the turn, the second is refused", async () => {
    const chat = userTurn();
    const results = await Promise.allSettled([chat.addAudio(LOW), chat.addAudio(HIGH)]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
    expect((results[1] as PromiseRejectedResult).reason).toMatchObject({ message: expect.stringMatching(/already been added/) });
    expect(chat.audioInputs).toHaveLength(1);
    const alone = userTurn();
    await alone.addAudio(LOW);
    expect(tokensOf(chat)).toEqual(tokensOf(alone));
  });

  it("a clip that was not awaited never lands in another turn, nor behind what was added meanwhile", async () => {
    for (const goOn of [
      (chat: LiquidAudioChat) => chat.endTurn(),
      (chat: LiquidAudioChat) => {
        chat.endTurn();
        chat.newTurn(Role.ASSISTANT);
      },
      (chat: LiquidAudioChat) => chat.addText("meanwhile"),
    ]) {
      const chat = userTurn();
      const adding = chat.addAudio(LOW);
      goOn(chat);
      const before = tokensOf(chat);
      await expect(adding).rejects.toThrow(/await the call that adds it/);
      await expect(adding).rejects.toThrow(ConnectorError);
      expect(tokensOf(chat)).toEqual(before);
    }
  });

  it("the next turn can be given its clip while an abandoned one is still read", async () => {
    const chat = userTurn();
    const lost = chat.addAudio(LOW);
    chat.endTurn();
    chat.newTurn(Role.USER);
    const [first, second] = await Promise.allSettled([lost, chat.addAudio(HIGH)]);
    expect([first?.status, second?.status]).toEqual(["rejected", "fulfilled"]);
    await expect(chat.addAudio(LOW)).rejects.toThrow(/already been added/);
  });

  it("what cannot be read leaves the turn open for a clip that can", async () => {
    const chat = userTurn();
    await expect(chat.addAudio(new TextEncoder().encode("this is no sound at all"))).rejects.toThrow();
    await chat.addAudio(LOW);
    expect(chat.audioInputs).toHaveLength(1);
  });
});

describe("adding audio with its transcript", () => {
  it.each([
    ["nothing", [], /No audio segments were created/],
    ["null", null, /must be an array/],
    ["a word beyond the clip", [word("one", 0, 1_000_000)], /ends at 62.5 s, but the clip has 1 s/],
    ["overlapping words", [word("one", 0, 9_000), word("two", 8_000, 16_000)], /begins at 0.5 s/],
    ["a negative start", [word("one", -8_000, 8_000)], /valid are whole numbers from 0/],
    ["NaN", [word("one", Number.NaN, 8_000)], /NaN/],
  ])("an aligner that gives %s is refused, and nothing is added", async (_, segments, reason) => {
    const chat = userTurn();
    const before = tokensOf(chat);
    for (const transcript of ["one two", ["one", "two"]]) {
      await expect(chat.addAudioWithTranscript(LOW, transcript, given(segments), "wav")).rejects.toThrow(ConnectorError);
      await expect(chat.addAudioWithTranscript(LOW, transcript, given(segments), "wav")).rejects.toThrow(reason);
    }
    expect(tokensOf(chat)).toEqual(before);
    await chat.addAudioWithTranscript(LOW, ["one", "two"], given(WORDS), "wav");
    expect(chat.audioSegments.flat().map(({ token }) => token)).toEqual(["one", "two"]);
  });

  it("units that are listed must be the segments'; of a text, an aligner may know better, with a warning", async () => {
    const events: RunEvent[] = [];
    const chat = userTurn({ onEvent: (event) => events.push(event) });
    await expect(chat.addAudioWithTranscript(LOW, ["one", "three"], given(WORDS))).rejects.toThrow(/no segment for "three"/);
    await chat.addAudioWithTranscript(LOW, "onetwo", given(WORDS));
    expect(events).toMatchObject([{ kind: "warning" }]);
    expect(chat.audioSegments.flat()).toHaveLength(2);
  });

  it.each([
    ["a transcript of null", [LOW, null, given(WORDS)]],
    ["a transcript of 3", [LOW, 3, given(WORDS)]],
    ["a transcript of {}", [LOW, {}, given(WORDS)]],
    ["a transcript of []", [LOW, [], given(WORDS)]],
    ["a transcript of numbers", [LOW, [1, 2], given(WORDS)]],
    ["no aligner", [LOW, "one two", null]],
    ["an aligner that is none", [LOW, "one two", {}]],
    ["no bytes", [null, "one two", given(WORDS)]],
  ])("refuses %s", async (_, parameters) => {
    const chat = userTurn();
    await expect((chat.addAudioWithTranscript as (...any: readonly unknown[]) => Promise<void>).apply(chat, parameters)).rejects.toThrow(
      ConnectorError,
    );
    expect(chat.audioInputs).toHaveLength(0);
  });
});

describe("attaching audio to segments", () => {
  async function twoTurns(): Promise<LiquidAudioChat> {
    const chat = userTurn();
    await chat.addAudioWithTranscript(LOW, "one two", given(WORDS), "wav", true);
    chat.endTurn();
    chat.newTurn(Role.USER);
    await chat.addAudioWithTranscript(HIGH, "one two", given(WORDS), "wav");
    return chat;
  }
  const sounds = (chat: LiquidAudioChat) => chat.audioSegments.map((segments) => segments.map(({ audio }) => audio));

  it("means the current turn, and leaves the others alone", async () => {
    const chat = await twoTurns();
    const [first, before] = sounds(chat);
    expect(before).toEqual([null, null]);
    await chat.attachAudioToSegments(given(WORDS), HIGH);
    expect(sounds(chat)).toEqual([first, [HIGH.slice(0, 60), HIGH.slice(0, 60)]]);
    const { fingerprint } = chat;
    await chat.attachAudioToSegments(given(WORDS), HIGH, "wav", 1);
    expect(sounds(chat)[0]).toEqual([HIGH.slice(0, 60), HIGH.slice(0, 60)]);
    expect(chat.fingerprint).toBe(fingerprint);
  });

  it("says which turns have segments", async () => {
    const chat = await twoTurns();
    await expect(chat.attachAudioToSegments(given(WORDS), HIGH, "wav", 9)).rejects.toThrow("No audio segments exist for turn 9.");
    await expect(chat.attachAudioToSegments(given(WORDS), HIGH, "wav", Number.NaN)).rejects.toThrow(/turn NaN/);
    chat.endTurn();
    chat.newTurn(Role.ASSISTANT);
    await expect(chat.attachAudioToSegments(given(WORDS), HIGH)).rejects.toThrow(
      /No audio segments exist for turn 3. They exist for: 1, 2/,
    );
    await expect(userTurn().attachAudioToSegments(given(WORDS), HIGH)).rejects.toThrow("No audio segments exist in this chat.");
    for (const wrong of [null, {}]) await expect(chat.attachAudioToSegments(wrong as never, HIGH)).rejects.toThrow(ConnectorError);
    await expect(chat.attachAudioToSegments(given(WORDS), "wav" as never)).rejects.toThrow(/non-empty bytes/);
    const mute = {
      ...given(WORDS),
      attachAudioToSegments: async (all: readonly AudioSegment[]) => all.map((one) => ({ ...one, audio: null })),
    };
    await expect(chat.attachAudioToSegments(mute, HIGH, "wav", 2)).rejects.toThrow(/cut no audio for segment 1/);
  });
});

describe("generated frames", () => {
  /** 1,920 samples a frame, as loud as its first code says. */
  const decodeCodes = async ({ frames, codebooks, codes }: AudioCodes, sampleRate: number): Promise<Uint8Array> => {
    const samples = Float32Array.from({ length: 1_920 * frames }, (_, i) => (codes[Math.floor(i / 1_920) * codebooks] as number) / 100);
    return writeWav(samples, sampleRate);
  };
  const frames = (...first: readonly number[]): AudioCodes => ({
    frames: first.length,
    codebooks: 8,
    codes: Int32Array.from({ length: 8 * first.length }, (_, i) => (i % 8 === 0 ? (first[i / 8] as number) : 1)),
  });

  async function speaking(): Promise<LiquidAudioChat> {
    const chat = userTurn({ decodeCodes });
    chat.addText("hi");
    chat.endTurn();
    chat.newTurn(Role.ASSISTANT);
    const mode = ModelHistoryTrackingMode.TEXT_AUDIO;
    chat.append(Int32Array.of(97), frames(10, 20, END_OF_AUDIO), [AUDIO, TEXT, AUDIO, AUDIO], mode);
    return chat;
  }
  const loudness = async (chat: LiquidAudioChat): Promise<readonly number[]> => {
    const entries = chat.getConversation().at(-1) ?? [];
    const contents = entries.flatMap(({ contentType, content }) => (contentType === AUDIO ? content : []));
    return await Promise.all(
      contents.map(async (content) => {
        if (content.length === 0) return 0;
        const { samples, sampleRate } = await decodeAudio(content as Uint8Array);
        expect([samples.length, sampleRate]).toEqual([1_920, 24_000]);
        return Math.round((samples[960] as number) * 100);
      }),
    );
  };

  it("have their sound in the conversation once they are decoded, and so have masked chats and copies", async () => {
    const chat = await speaking();
    expect(await loudness(chat)).toEqual([0, 0, 0]);
    await chat.decodeGenerated();
    expect(await loudness(chat)).toEqual([10, 20, 0]);
    expect(await loudness(chat.copy())).toEqual([10, 20, 0]);
    const mask = new Uint8Array(chat.inputTokensNum).fill(1);
    mask[chat.audioTokensMask.indexOf(1)] = 0;
    const masked = LiquidAudioChat.fromChat(mask, chat);
    expect(await loudness(masked)).toEqual([20, 0]);
    masked.append(new Int32Array(0), frames(30), [AUDIO], ModelHistoryTrackingMode.AUDIO);
    await masked.decodeGenerated();
    expect(await loudness(masked)).toEqual([20, 0, 30]);
  });

  it("several pieces of codes are decoded as one, and what is none is refused", async () => {
    const chat = await speaking();
    expect(await chat.decodeAudio([frames(1), frames(2)], 24_000, "wav")).toEqual(await chat.decodeAudio(frames(1, 2), 24_000, "wav"));
    for (const wrong of [
      null,
      "codes",
      [1],
      { frames: 2, codebooks: 8, codes: new Int32Array(3) },
      { frames: 1, codebooks: 1, codes: [1] },
    ]) {
      await expect(chat.decodeAudio(wrong as never, 24_000, "wav")).rejects.toThrow(ConnectorError);
    }
    await expect(chat.decodeAudio([frames(1), { frames: 1, codebooks: 2, codes: new Int32Array(2) }])).rejects.toThrow(
      /do not go together/,
    );
    await expect(chat.decodeAudio(frames(1), Number.NaN, "wav")).rejects.toThrow(/not a rate in Hz/);
  });

  it("a chat without a codec has none", async () => {
    const chat = userTurn();
    chat.append(new Int32Array(0), frames(1), [AUDIO], ModelHistoryTrackingMode.AUDIO);
    await chat.decodeGenerated();
    expect(await loudness(chat)).toEqual([0]);
  });
});

describe("what a chat knows of its kind", () => {
  it("stands on the class and on every chat", () => {
    const chat = userTurn();
    const names = [
      "AUDIO_IN_SHAPE",
      "AUDIO_OUT_SHAPE",
      "START_MARK",
      "EMPTY_SYSTEM_TURN",
      "EMPTY_USER_TURN",
      "EMPTY_ASSISTANT_TURN",
    ] as const;
    for (const name of [...names, "audioEmptyValue", "modelInputs"] as const) expect(chat[name]).toBe(LiquidAudioChat[name]);
    expect(() => userTurn({ validateFromChat: 1 as never })).toThrow(/validateFromChat is 1/);
  });
});
