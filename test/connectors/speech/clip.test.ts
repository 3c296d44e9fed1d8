import { describe, expect, it } from "vitest";
import { DECODE_LIMITS } from "../../../src/audio/files/limits.js";
import { readWav } from "../../../src/audio/files/wav_read.js";
import { writeWav } from "../../../src/audio/files/wav_write.js";
import { LFM2_MEL, type Mel } from "../../../src/audio/front_ends/mel.js";
import { AUDIO_MASKS, type AudioMasking } from "../../../src/audio/masks/registry.js";
import { markUnchanging } from "../../../src/audio/memory.js";
import type { Aligner } from "../../../src/chat/audio_segment.js";
import { ModalityFlag, ModelHistoryTrackingMode, Role } from "../../../src/chat/enums.js";
import { type Clip, createClip, maskClip as hear, unitSamples, unitsOf } from "../../../src/connectors/speech/clip.js";
import { ClipEncoder } from "../../../src/connectors/speech/clip_encoder.js";
import { LiquidAudioChat } from "../../../src/connectors/speech/families/lfm2/chat.js";
import { lfm2Encoder, lfm2EncoderInput } from "../../../src/connectors/speech/families/lfm2/encoder_input.js";
import type { OpenSession } from "../../../src/onnx/session.js";
import { fakeTokenizer } from "../../support/fake_tokenizers.js";
import { sine } from "../../support/signals.js";

const MASKINGS: readonly AudioMasking[] = ["drop", "drop-original", "silence", "embedding"];
const tokenizer = fakeTokenizer({ kind: "char" });
const word = (token: string, startSample: number, endSample: number) => ({
  token,
  startTime: startSample / 16_000,
  endTime: endSample / 16_000,
  confidence: 0.9,
  audio: null,
  audioFormat: null,
  sampleRate: 16_000,
  startSample,
  endSample,
  duration: (endSample - startSample) / 16_000,
  boundaryRefined: false,
});
const WORDS = [word("one", 1_000, 5_000), word("two", 6_000, 9_000), word("three", 9_000, 15_000)];
const clipOf = (samples = 16_000, segments: Clip["segments"] = null): Clip =>
  createClip(sine(440, samples / 16_000), lfm2EncoderInput(LFM2_MEL), { segments, seconds: samples / 16_000, decoder: "wav" });
const { rowsOf } = lfm2EncoderInput(LFM2_MEL);
/** This front end makes features at once. */
const maskClip = (clip: Clip, kept: Uint8Array, masking: AudioMasking) => {
  const input = hear(clip, kept, AUDIO_MASKS[masking]);
  return { ...input, mel: () => input.mel() as Mel };
};
const flags = (bits: string): Uint8Array => Uint8Array.from(bits, Number);

describe("a masked clip", () => {
  it.each(MASKINGS)("%s: everything kept is the clip itself", (masking) => {
    const clip = clipOf();
    const whole = maskClip(clip, new Uint8Array(13).fill(1), masking);
    expect(whole.key).toBe(clip.sha256);
    expect([...whole.take]).toEqual(Array.from({ length: 13 }, (_, row) => row));
    expect(whole.mel().frames).toBe(101);
  });

  it("drop: frames leave, the rest is normalised anew and gets its zero frame", () => {
    const { mel, take } = maskClip(clipOf(), flags("1110000000000"), "drop");
    const heard = mel();
    expect(heard.frames).toBe(25);
    expect(take.length).toBe(rowsOf(25));
    expect(heard.data.slice(24 * 128)).toEqual(new Float32Array(128));
    const column = Array.from({ length: 24 }, (_, t) => heard.data[t * 128 + 60] as number);
    expect(Math.abs(column.reduce((a, b) => a + b, 0))).toBeLessThan(1e-2);
  });

  it.each(["sound", "frames"] as const)("holds on to no %s until it is encoded", (what) => {
    let made = 0;
    const { silence } = AUDIO_MASKS;
    if (silence.on !== "sound" || silence.frames === undefined) throw new Error("silence is of sound and frames");
    const { wave, frames } = silence;
    const counting = {
      ...silence,
      wave: (masked: Parameters<typeof wave>[0]) => ++made && wave(masked),
      frames: (...masked: Parameters<typeof frames>) => ++made && frames(...masked),
    } as unknown as typeof silence;
    const clip = clipOf(16_000, what === "sound" ? WORDS : null);
    const input = hear(clip, flags(what === "sound" ? "101" : "1010000000000"), counting);
    expect(made).toBe(1);
    const first = input.mel();
    const second = input.mel();
    expect(made).toBe(3);
    expect(second).toEqual(first);
    expect(second).not.toBe(first);
  });

  it("drop-original: kept frames are those of the whole clip", () => {
    const clip = clipOf();
    const whole = maskClip(clip, new Uint8Array(13).fill(1), "drop-original").mel();
    const { mel, take } = maskClip(clip, flags("0010000000001"), "drop-original");
    expect(take.length).toBe(2);
    expect(mel().data.slice(0, 8 * 128)).toEqual(whole.data.slice(16 * 128, 24 * 128));
    expect(mel().data.slice(8 * 128)).toEqual(whole.data.slice(96 * 128));
  });

  it("silence: the clip keeps its length, heard or not", () => {
    for (const bits of ["1010101010101", "0000000000000"]) {
      const { mel, take } = maskClip(clipOf(), flags(bits), "silence");
      expect([mel().frames, take.length]).toEqual([101, 13]);
    }
  });

  it("embedding: rows of the whole clip's encoding", () => {
    const clip = clipOf();
    const { key, take } = maskClip(clip, flags("0100000000001"), "embedding");
    expect([key, [...take]]).toEqual([clip.sha256, [1, 12]]);
  });

  it.each(MASKINGS)("%s: fewer frames than the encoder takes are padded", (masking) => {
    const short = clipOf(300);
    expect(unitsOf(short)).toBe(1);
    const { mel, take } = maskClip(short, Uint8Array.of(1), masking);
    expect([mel().frames, take.length]).toEqual([9, 1]);
    const one = maskClip(clipOf(), flags("0000100000000"), masking);
    expect(one.mel().frames).toBeGreaterThanOrEqual(9);
    expect(one.mel().data.every(Number.isFinite)).toBe(true);
  });

  it("equal masks have equal keys, different ones and different ways do not", () => {
    const keys = MASKINGS.slice(0, 3).flatMap((masking) =>
      ["1100000000000", "0110000000000"].map((bits) => maskClip(clipOf(), flags(bits), masking).key),
    );
    expect(new Set(keys).size).toBe(6);
    expect(maskClip(clipOf(), flags("1100000000000"), "drop").key).toBe(keys[0]);
  });

  it("words are cut from the waveform: pauses are shared out, all of them together are the clip", () => {
    const clip = clipOf(16_000, WORDS);
    expect(unitsOf(clip)).toBe(3);
    expect(unitSamples(clip, 1)).toEqual({ start: 6_000, end: 9_000 });
    // "two" has half the pause before it: 5,500…9,000, less nothing at its one cut on each side.
    expect(maskClip(clip, flags("010"), "drop").mel().frames).toBe(Math.floor(3_500 / 160) + 1);
    expect(maskClip(clip, flags("111"), "drop").mel().frames).toBe(101);
    expect(maskClip(clip, flags("101"), "silence").mel().frames).toBe(101);
    // Row centres at 640, 1920, … samples: those from 5,500 to 9,000 are rows 4…6.
    expect([...maskClip(clip, flags("010"), "embedding").take]).toEqual([4, 5, 6]);
  });
});

describe("a chat that hears", () => {
  const aligner: Aligner = { align: async () => WORDS, attachAudioToSegments: async (segments) => segments };
  const chatOf = async (audioMasking: AudioMasking, aligned = false): Promise<LiquidAudioChat> => {
    const chat = new LiquidAudioChat({ tokenizer, audioMasking, validateFromChat: true });
    chat.newTurn(Role.USER);
    chat.addText("a");
    const bytes = writeWav(sine(440, 1), 16_000);
    if (aligned) await chat.addAudioWithTranscript(bytes, "one two three", aligner, "wav");
    else await chat.addAudio(bytes, "wav");
    chat.addText("b");
    chat.endTurn();
    chat.newTurn(Role.ASSISTANT);
    return chat;
  };
  const shape = (chat: LiquidAudioChat): string =>
    chat
      .promptParts()
      .map((part) =>
        part.kind === "text" ? chat.decodeText(part.ids) : part.kind === "audio-in" ? `[${part.clip.take.length}]` : "{frame}",
      )
      .join("");

  it("stands where it was added", async () => {
    expect(shape(await chatOf("drop"))).toBe("<|startoftext|><|im_start|>user\na[13]b<|im_end|>\n<|im_start|>assistant\n");
  });

  it("leaves the prompt with its last token, or falls silent where the chat masks by silence", async () => {
    for (const [masking, wanted] of [
      ["drop", "user\nab<"],
      ["embedding", "user\nab<"],
      ["silence", "user\na[13]b<"],
    ] as const) {
      const chat = await chatOf(masking);
      const coalition = new Uint8Array(chat.playersNum);
      coalition[0] = 1;
      coalition[coalition.length - 1] = 1;
      expect(shape(chat.withPlayers(coalition) as LiquidAudioChat)).toContain(wanted);
    }
  });

  it("masks of masks add up", async () => {
    const chat = await chatOf("drop");
    const half = Uint8Array.from({ length: chat.playersNum }, (_, i) => (i < 8 ? 1 : 0));
    const once = chat.withPlayers(half);
    const twice = once.withPlayers(Uint8Array.from({ length: once.playersNum }, (_, i) => (i > 3 ? 1 : 0)));
    const direct = chat.withPlayers(Uint8Array.from({ length: chat.playersNum }, (_, i) => (i > 3 && i < 8 ? 1 : 0)));
    expect(twice.fingerprint).toBe(direct.fingerprint);
    expect(new Set([chat, once, twice].map((one) => one.fingerprint)).size).toBe(3);
  });

  it("has one player a word where it was aligned, with its times, its text and how sure the aligner is", async () => {
    const chat = await chatOf("silence", true);
    expect(chat.playersNum).toBe(5);
    const first = chat.tokensModalityFlag.indexOf(ModalityFlag.AUDIO);
    expect(chat.tokenTexts.slice(first, first + 3)).toEqual(["one", "two", "three"]);
    expect(chat.tokenTimes[first + 1]).toEqual({ startS: 6_000 / 16_000, endS: 9_000 / 16_000 });
    expect(chat.tokenConfidences[first]).toBe(0.9);
    const masked = chat.withPlayers(Uint8Array.of(1, 0, 1, 0, 1)) as LiquidAudioChat;
    expect(masked.audioSegments.flat().map((segment) => segment.token)).toEqual(["two"]);
    expect(shape(masked)).toContain("a[13]b");
  });

  it("knows how sure the aligner is once, not once a player, and anew where the chat grew", async () => {
    const chat = await chatOf("silence", true);
    const before = chat.tokenConfidences;
    expect(chat.tokenConfidences).toBe(before);
    chat.endTurn();
    chat.newTurn(Role.USER);
    chat.addText("four");
    expect(chat.tokenConfidences).toHaveLength(chat.inputTokensNum);
    expect(chat.tokenConfidences.slice(0, before.length)).toEqual(before);
  });

  it("gives each token's own sound", async () => {
    const chat = await chatOf("drop");
    const [turn] = chat.getConversation();
    const heard = turn?.find((entry) => entry.contentType === ModalityFlag.AUDIO)?.content as readonly Uint8Array[];
    const lengths = heard.map((bytes) => readWav(bytes, DECODE_LIMITS).samples.length);
    expect(lengths).toHaveLength(13);
    expect(lengths.slice(0, 12)).toEqual(new Array(12).fill(1_280));
    expect(lengths.reduce((a, b) => a + b, 0)).toBe(16_000);
  });

  it("takes generated frames into its history", async () => {
    const chat = await chatOf("drop");
    const codes = Int32Array.from({ length: 16 }, (_, i) => i);
    const steps = [ModalityFlag.TEXT, ModalityFlag.AUDIO, ModalityFlag.AUDIO];
    chat.append(Int32Array.of(72), { frames: 2, codebooks: 8, codes }, steps, ModelHistoryTrackingMode.TEXT_AUDIO);
    expect(shape(chat).endsWith("assistant\nH{frame}{frame}")).toBe(true);
    expect(chat.promptParts().flatMap((part) => (part.kind === "audio-out" ? [...part.codes] : []))).toEqual([...codes]);
    const wrong = { frames: 1, codebooks: 3, codes: new Int32Array(3) };
    expect(() => chat.append(new Int32Array(0), wrong, [ModalityFlag.AUDIO], ModelHistoryTrackingMode.AUDIO)).toThrow(/8 codebooks/);
    expect(chat.audioTokens.frames).toBe(2);
  });

  it("refuses what is no audio", async () => {
    const chat = new LiquidAudioChat({ tokenizer });
    await expect(chat.addAudio(new Uint8Array(0))).rejects.toThrow(/non-empty/);
    await expect(chat.addAudio(writeWav(sine(440, 0.1), 16_000))).rejects.toThrow(/turn/);
    chat.newTurn(Role.USER);
    await expect(chat.addAudio(new TextEncoder().encode("this is no sound at all, only text"))).rejects.toThrow(/text/);
    expect(chat.inputTokensNum).toBeGreaterThan(0);
    expect(chat.audioInputs).toEqual([]);
  });
});

describe("what a long or often named clip costs", () => {
  it("samples are hashed once, however often a clip is named", () => {
    const wave = sine(440, 1);
    markUnchanging(wave);
    const rest = { segments: null, seconds: 1, decoder: "wav" } as const;
    const encoderInput = lfm2EncoderInput(LFM2_MEL);
    const first = createClip(wave, encoderInput, rest);
    // Were it hashed again, this would show.
    wave[0] = 0.5;
    expect(createClip(wave, encoderInput, rest).sha256).toBe(first.sha256);
    expect(createClip(Float32Array.from(wave), encoderInput, rest).sha256).not.toBe(first.sha256);
  });

  it("a clip whose attention takes more than run.memory is refused with both numbers, before the encoder runs", async () => {
    const metadata = (name: string, type: string, shape: readonly (string | number)[]) => ({ name, isTensor: true, type, shape });
    const session = {
      inputMetadata: [metadata("mel_spectrogram", "float32", ["B", "T", 128])],
      outputMetadata: [metadata("audio_embeddings", "float32", ["B", "R", 64])],
      run: () => Promise.reject(new Error("it ran")),
    };
    const open = { session, path: "encoder.onnx", provider: "cpu" } as unknown as OpenSession;
    const minutes = (count: number) => ({ bins: 128, frames: count * 6_000, data: new Float32Array(count * 6_000 * 128) });
    const within = (memory: number, heads = 4) => new ClipEncoder(open, lfm2Encoder(heads), 0, { passes: 0 }, memory);
    await expect(within(2 * 2 ** 30).run(minutes(10))).rejects.toThrow(
      /^a clip of 60000 mel frames takes about 5\.0 GiB in the audio encoder, and run\.memory is 2\.0 GiB: cut it to 63 % of its length, or raise run\.memory$/,
    );
    await expect(within(2 * 2 ** 30).run(minutes(5))).rejects.toThrow("it ran");
    await expect(within(6 * 2 ** 30).run(minutes(10))).rejects.toThrow("it ran");
    await expect(within(6 * 2 ** 30, 8).run(minutes(10))).rejects.toThrow("takes about 10.1 GiB");
  });
});
