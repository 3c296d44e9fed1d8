import { describe, expect, it } from "vitest";
import { writeWav } from "../../../../../src/audio/files/wav_write.js";
import type { Aligner, AudioSegment } from "../../../../../src/chat/audio_segment.js";
import { BaseMllmChat } from "../../../../../src/chat/chat.js";
import { ModalityFlag, ModelHistoryTrackingMode, Role, SystemRolesSetup } from "../../../../../src/chat/enums.js";
import { ExcludePunctuationTokensFilter, KeepAllTokens } from "../../../../../src/chat/filters.js";
import { LiquidAudioChat } from "../../../../../src/connectors/speech/families/lfm2/chat.js";
import { AllTextTokensFilteredOutError } from "../../../../../src/errors.js";
import { bitString, bits } from "../../../../support/chats.js";
import { fakeTokenizer } from "../../../../support/fake_tokenizers.js";
import { type GoldenCase, loadGolden } from "../../../../support/golden.js";
import { sine } from "../../../../support/signals.js";

interface Segment {
  readonly token: string;
  readonly start_sample: number;
  readonly end_sample: number;
}

const VECTORS = loadGolden("liquid_chat");
const vector = (id: string): GoldenCase => VECTORS.find((one) => one.id === `liquid_chat/${id}`) as GoldenCase;
const tokenizer = fakeTokenizer({ kind: "char" });
const tone = (samples: number, rate: number): Uint8Array => writeWav(sine(440, samples / rate, rate, 0.4), rate);

/** Gives the segments of a vector. */
const given = (segments: readonly Segment[]): Aligner => ({
  align: async () =>
    segments.map(
      ({ token, start_sample: startSample, end_sample: endSample }): AudioSegment => ({
        token,
        startTime: startSample / 16_000,
        endTime: endSample / 16_000,
        confidence: 1,
        audio: null,
        audioFormat: null,
        sampleRate: 16_000,
        startSample,
        endSample,
        duration: (endSample - startSample) / 16_000,
        boundaryRefined: false,
      }),
    ),
  attachAudioToSegments: async (all) => all,
});

async function chatOf(input: GoldenCase["input"]): Promise<LiquidAudioChat> {
  const chat = new LiquidAudioChat({
    tokenizer,
    validateFromChat: true,
    systemRolesSetup: SystemRolesSetup[input.system_roles_setup as keyof typeof SystemRolesSetup],
    tokenFilter: input.filter === "exclude_punctuation" ? new ExcludePunctuationTokensFilter() : new KeepAllTokens(),
  });
  for (const op of input.ops) {
    if (op.op === "new_turn") chat.newTurn(Role[op.role as keyof typeof Role]);
    else if (op.op === "end_turn") chat.endTurn();
    else if (op.op === "add_text") chat.addText(op.text);
    else if (op.op === "add_audio") await chat.addAudio(tone(op.samples, op.sample_rate), "wav");
    else if (op.op === "add_audio_with_transcript") {
      await chat.addAudioWithTranscript(tone(op.samples, op.sample_rate), "one two three", given(op.segments), "wav");
    } else if (op.op === "append") appendTo(chat, op);
    else throw new Error(`unknown operation ${op.op}`);
  }
  return chat;
}

function appendTo(chat: LiquidAudioChat, op: { text_ids: number[]; audio_out: number[][]; modality: string; mode: string }): void {
  const frames = op.audio_out[0]?.length ?? 0;
  const codes = Int32Array.from({ length: frames * 8 }, (_, i) => op.audio_out[i % 8]?.[Math.floor(i / 8)] as number);
  const flags = Array.from(op.modality, (step) => (step === "T" ? ModalityFlag.TEXT : ModalityFlag.AUDIO));
  const mode = ModelHistoryTrackingMode[op.mode as keyof typeof ModelHistoryTrackingMode];
  chat.append(Int32Array.from(op.text_ids), { frames, codebooks: 8, codes }, flags, mode);
}

/** Per token: T text, I audio in, O audio out. */
function modalityOf(chat: LiquidAudioChat): string {
  const heard = chat.tokenTimes;
  return chat.tokensModalityFlag.map((flag, i) => (flag === ModalityFlag.TEXT ? "T" : heard[i] === null ? "O" : "I")).join("");
}

function audioOutOf(chat: LiquidAudioChat): number[][] {
  const { frames, codebooks, codes } = chat.audioTokens;
  return Array.from({ length: 8 }, (_, c) => Array.from({ length: frames }, (_, t) => codes[t * codebooks + c] as number));
}

/**
 * What the reference would give without three of its faults. C1: after audio it looks at the wrong turn, and an empty one stays. C2: its constants never match an empty system or assistant turn, so their
 * template stays. And with an emptied first user turn it drops the start-of-text mark, which every conversation begins with.
 */
function mended(text: string, ours: string, mask: string): string {
  const lost = mask[0] === "1" && !text.startsWith(LiquidAudioChat.START_MARK);
  const begun = lost ? LiquidAudioChat.START_MARK + text : text;
  const { EMPTY_SYSTEM_TURN: system, EMPTY_ASSISTANT_TURN: assistant, EMPTY_USER_TURN: user } = LiquidAudioChat;
  const choices = [[], [assistant], [system], [assistant, system], [user]];
  const mendings = choices.map((turns) => turns.reduce((left, turn) => left.replaceAll(turn, ""), begun));
  return mendings.find((one) => one === ours) ?? begun;
}

const textIds = (chat: LiquidAudioChat): number[] => [...chat.textTokens];

const CHATS = VECTORS.filter((one) => one.expected.source !== undefined && !one.id.endsWith("/segments_3"));

describe("golden liquid_chat", () => {
  it.each(CHATS.map((one) => [one.id, one] as const))("%s: the chat itself", async (_, { input, expected: { source } }) => {
    const chat = await chatOf(input);
    expect({
      text_ids: textIds(chat),
      text: chat.decodeText(),
      modality: modalityOf(chat),
      audio_out: audioOutOf(chat),
      token_turns: [...chat.tokenTurns],
      token_roles: chat.tokenRoles,
      text_tokens_no_system_mask: bitString(chat.textTokensNoSystemMask),
      audio_tokens_no_system_mask: bitString(chat.audioTokensNoSystemMask),
      shap_values_mask: bitString(chat.shapValuesMask),
      input_tokens_num: chat.inputTokensNum,
      frames: chat.audioIn.reduce((sum, mel) => sum + mel.frames, 0),
    }).toEqual({
      ...Object.fromEntries(
        Object.entries(source).filter(
          ([key]) => !key.startsWith("audio_in") && key !== "audio_map" && key !== "text_tokens_no_system_mask_filtered",
        ),
      ),
      // The encoder's minimum of 9 frames is padded where a clip has fewer.
      frames: (source.audio_in_lens as number[]).reduce((sum, frames) => sum + Math.max(9, frames), 0),
    });
  });

  describe.each(CHATS.map((one) => [one.id, one] as const))("%s: masked", (_, { input, expected }) => {
    it.each((input.masks as string[]).map((mask, i) => [mask, expected.from_chat[i]] as const))("%s", async (mask, wanted) => {
      const chat = await chatOf(input);
      const before = bits(mask);
      const masked = (): LiquidAudioChat => BaseMllmChat.fromChat(before, chat);
      if (wanted.error !== undefined && wanted.reference_bug === undefined) {
        expect(masked).toThrow();
        return;
      }
      const silent = !/[IO]/.test(wanted.modality ?? "");
      if (silent && mended(wanted.text ?? "-", LiquidAudioChat.START_MARK, mask) === LiquidAudioChat.START_MARK) {
        // All that the reference has left is an empty turn's template.
        expect(masked).toThrow(AllTextTokensFilteredOutError);
        return;
      }
      const made = masked();
      expect(bitString(before)).toBe(mask);
      if (wanted.reference_bug !== undefined) {
        // C1: the reference drops the markers of turns whose audio it keeps; here all that the mask keeps is there.
        expect(textIds(made)).not.toEqual(wanted.text_ids);
        expect(modalityOf(made).replaceAll("T", "").length).toBe(
          [...mask].filter((bit, i) => bit === "1" && chat.audioTokensMask[i] === 1).length,
        );
        return;
      }
      const left = mended(wanted.text, made.decodeText(), mask);
      expect({ text: made.decodeText(), audio: modalityOf(made).replaceAll("T", ""), out: audioOutOf(made) }).toEqual({
        text: left,
        audio: wanted.modality.replaceAll("T", ""),
        out: wanted.audio_out,
      });
      if (left === wanted.text) expect([textIds(made), modalityOf(made)]).toEqual([wanted.text_ids, wanted.modality]);
    });
  });

  it("keeps the frames that the reference keeps", async () => {
    const { input, expected } = vector("sys_audio_text_mix");
    const chat = new LiquidAudioChat({ ...(await optionsOf(input)), audioMasking: "drop-original" });
    await fill(chat, input);
    const whole = chat.audioIn;
    const frames = whole.flatMap((mel) => Array.from({ length: mel.frames }, (_, t) => mel.data.slice(t * 128, (t + 1) * 128)));
    (input.masks as string[]).forEach((mask, i) => {
      const wanted = expected.from_chat[i];
      if (wanted.error !== undefined) return;
      const kept = (wanted.kept_frames as number[]).map((t) => frames[t]);
      const lens = wanted.audio_in_lens as number[];
      let from = 0;
      BaseMllmChat.fromChat(bits(mask), chat).audioIn.forEach((mel, clip) => {
        const length = lens[clip] as number;
        for (let t = 0; t < length; t++) expect(mel.data.slice(t * 128, (t + 1) * 128)).toEqual(kept[from + t]);
        from += length;
      });
      expect(from).toBe(kept.length);
    });
  });

  it.each(VECTORS.filter((one) => one.id.includes("/lengths_")).map((one) => [one.id, one] as const))(
    "%s",
    async (_, { input, expected }) => {
      for (const [i, samples] of (input.samples as number[]).entries()) {
        const chat = new LiquidAudioChat({ tokenizer });
        chat.newTurn(Role.USER);
        await chat.addAudio(tone(samples, input.sample_rate), "wav");
        expect(chat.audioTokensMask.reduce((n, bit) => n + bit, 0)).toBe(expected[i].audio_tokens);
        expect(chat.audioIn[0]?.frames).toBe(Math.max(9, expected[i].mel_frames));
      }
    },
  );

  it("mel2emb_len", () => {
    const { input, expected } = vector("mel2emb_len");
    expect((input.frames as number[]).map((frames) => LiquidAudioChat.melToEmbeddingLength(frames))).toEqual(expected);
  });

  it("two_audios_in_turn_error", async () => {
    const { input, expected } = vector("two_audios_in_turn_error");
    await expect(chatOf(input)).rejects.toThrow(expected.error.message);
  });

  it("segments_then_plain_audio_error: differs, since segments and plain audio may stand in one chat here", async () => {
    const chat = await chatOf(vector("segments_then_plain_audio_error").input);
    expect(chat.audioSegments.map((segments) => segments.length)).toEqual([3]);
    expect(chat.audioInputs).toHaveLength(2);
  });

  it("segments_more_than_tokens: differs, since a segment is a token here", async () => {
    const { input } = vector("segments_more_than_tokens");
    const chat = await chatOf(input);
    const { segments } = input.ops.find((op: { op: string }) => op.op === "add_audio_with_transcript");
    expect(chat.audioTokensMask.reduce((n, bit) => n + bit, 0)).toBe(segments.length);
    expect(bitString(chat.shapValuesMask).replaceAll("0", "")).toHaveLength(segments.length);
  });

  it("segments_3: differs by C3 and C4, since the words that a mask keeps are kept, with their half of the pauses around them", async () => {
    const chat = await chatOf(vector("segments_3").input);
    const first = chat.tokensModalityFlag.indexOf(ModalityFlag.AUDIO);
    expect(chat.tokenTexts.slice(first, first + 3)).toEqual(["one", "two", "three"]);
    for (const { correct_oracle: oracle } of vector("segments_3").expected.from_chat) {
      const kept = oracle[0].segments_kept as number[];
      const mask = new Uint8Array(chat.inputTokensNum)
        .fill(1)
        .map((bit, i) => (i >= first && i < first + 3 && !kept.includes(i - first) ? 0 : bit));
      if (kept.length === 0) {
        expect(() => BaseMllmChat.fromChat(mask, chat)).toThrow(AllTextTokensFilteredOutError);
        continue;
      }
      const words = BaseMllmChat.fromChat(mask, chat).audioSegments.flat();
      expect(words.map((segment) => segment.token)).toEqual(kept.map((i) => ["one", "two", "three"][i]));
    }
  });

  it("pcm16_roundtrip: differs, since samples are never rounded to 16 bits on the way to the model", async () => {
    const wave = sine(440, 0.1, 16_000, 0.4);
    const heard = async (samples: Float32Array): Promise<Float32Array | undefined> => {
      const one = new LiquidAudioChat({ tokenizer });
      one.newTurn(Role.USER);
      await one.addAudio(writeWav(samples, 16_000, "float32"), "wav");
      return one.audioIn[0]?.data;
    };
    expect(await heard(wave)).not.toEqual(await heard(wave.map((x) => Math.round(x * 32_767) / 32_767)));
  });

  it("has one fate for every vector", () => {
    const named = [
      "mel2emb_len",
      "two_audios_in_turn_error",
      "segments_then_plain_audio_error",
      "segments_more_than_tokens",
      "segments_3",
      "pcm16_roundtrip",
    ];
    const told = new Set([...CHATS.map((one) => one.id), ...named.map((id) => `liquid_chat/${id}`)]);
    expect(VECTORS.map((one) => one.id).filter((id) => !told.has(id) && !id.includes("/lengths_"))).toEqual([]);
  });

  it("all text masked away is refused", async () => {
    const chat = await chatOf(vector("text_and_audio_same_turn").input);
    const audioOnly = Uint8Array.from(chat.audioTokensMask);
    expect(() => BaseMllmChat.fromChat(audioOnly, chat)).toThrow(AllTextTokensFilteredOutError);
  });
});

async function optionsOf(input: GoldenCase["input"]) {
  return { tokenizer, systemRolesSetup: SystemRolesSetup[input.system_roles_setup as keyof typeof SystemRolesSetup] };
}

async function fill(chat: LiquidAudioChat, input: GoldenCase["input"]): Promise<void> {
  for (const op of input.ops) {
    if (op.op === "new_turn") chat.newTurn(Role[op.role as keyof typeof Role]);
    else if (op.op === "end_turn") chat.endTurn();
    else if (op.op === "add_text") chat.addText(op.text);
    else await chat.addAudio(tone(op.samples, op.sample_rate), "wav");
  }
}
