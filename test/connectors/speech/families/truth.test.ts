import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeWav } from "../../../../src/audio/files/wav_write.js";
import { ModalityFlag } from "../../../../src/chat/enums.js";
import type { ChatMessage } from "../../../../src/chat/types.js";
import { checkModel } from "../../../../src/connectors/check_model.js";
import { openModel } from "../../../../src/connectors/registry.js";
import type { SpeechFacts } from "../../../../src/connectors/speech/facts.js";
import { loadSpeech, type SpeechParts } from "../../../../src/connectors/speech/load.js";
import type { SpeechTextModel } from "../../../../src/connectors/speech/model.js";
import type { ClipInput } from "../../../../src/connectors/speech/prompt.js";
import { FAMILIES } from "../../../../src/connectors/speech/registry.js";
import type { TemplatedSpeechChat } from "../../../../src/connectors/speech/templated_chat.js";
import { requestOf } from "../../../../src/spec/load.js";
import { explain } from "../../../../src/tasks/explain.js";
import { inspect } from "../../../../src/tasks/inspect.js";
import { maxDifference, sine } from "../../../support/signals.js";

const ROOT = fileURLToPath(new URL("../../../..", import.meta.url));
const CLIP = readFileSync(join(ROOT, "configs/audio/kitchen-light.wav"));

interface Packed {
  readonly shape: readonly number[];
  readonly data: string;
}

interface Masked {
  readonly first_segment_gone: readonly number[];
  readonly full: number;
  readonly empty: number;
  readonly shapley: readonly number[];
}

/** As scripts/tiny-speech recorded it from torch. */
interface Truth {
  readonly ids: readonly number[];
  readonly texts: readonly [string, string];
  readonly audio_tokens: number;
  readonly players: readonly string[];
  /** Samples at which segments begin and end. */
  readonly edges: readonly number[];
  /** `[bins, frames]` */
  readonly features: { readonly shape: readonly [number, number]; readonly every: number; readonly values: Packed };
  readonly rows: Packed;
  readonly embeddings: Packed;
  readonly logits: Packed;
  readonly answer: readonly number[];
  readonly log_probabilities: readonly number[];
  readonly masks: Readonly<Record<"drop" | "silence" | "embedding", Masked>>;
  /** Frames → rows of the encoder itself. */
  readonly lengths?: readonly (readonly [number, number])[];
  /** Frames that count → rows that do. */
  readonly counts?: readonly (readonly [number, number])[];
  /** Logits of the whole model, which places the rows itself. */
  readonly whole_model?: readonly number[];
  /** Ids of whole prompts, one for each clip (null), as the processor writes what stands around them. */
  readonly knit?: readonly { readonly parts: readonly (string | null)[]; readonly ids: readonly number[] }[];
}

const floats = ({ data }: Packed): Float32Array => {
  const bytes = Buffer.from(data, "base64");
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
};
const CLOSE = 1e-4;

interface Case {
  readonly name: keyof typeof FAMILIES;
  /** Seconds of an audio token and of a segment. */
  readonly token: number;
  readonly segment: number;
  readonly placeholder: string;
  /** What stands around the so manyth clip. */
  marked(rows: string, clip: number): string;
  /** Rows of a clip of 100 samples. */
  readonly short: number;
  /** Rows of one of 61 s at least; null where it is refused. */
  readonly long: number | null;
  /** Its frames do not depend on each other: masks work on them. @default false */
  readonly framewise?: boolean;
}

const CASES: readonly Case[] = [
  { name: "ultravox", token: 0.16, segment: 0.8, placeholder: "<|audio|>", marked: (rows) => rows, short: 2, long: 190 + 189 },
  {
    name: "voxtral",
    token: 0.08,
    segment: 0.8,
    placeholder: "[AUDIO]",
    marked: (rows) => `[BEGIN_AUDIO]${rows}`,
    short: 375,
    long: 3 * 375,
  },
  {
    ...{ name: "qwen2-audio", token: 0.04, segment: 0.8, placeholder: "<|AUDIO|>", short: 1, long: null },
    marked: (rows, clip) => `Audio ${clip}: <|audio_bos|>${rows}<|audio_eos|>\n`,
  },
  {
    ...{ name: "gemma4", token: 0.04, segment: 0.8, placeholder: "<|audio|>", short: 1, long: null },
    marked: (rows) => `<|audio>${rows}<audio|>`,
  },
  {
    ...{ name: "gemma3n", token: 0.16, segment: 0.8, placeholder: "<audio_soft_token>", short: 188, long: null },
    marked: (rows) => `\n\n<start_of_audio>${rows}<end_of_audio>\n\n`,
  },
  {
    ...{ name: "lfm3-audio", token: 0.08, segment: 0.8, placeholder: "<|audio|>", short: 1, long: 763, framewise: true },
    marked: (rows) => rows,
  },
  { name: "granite-speech", token: 0.3, segment: 0.9, placeholder: "<|audio|>", marked: (rows) => rows, short: 3, long: 3 * 203 },
];

describe.each(CASES)("$name against torch", ({ name, token, segment, placeholder, marked, short, long, framewise = false }) => {
  const truth = JSON.parse(readFileSync(join(ROOT, `test/truth/${name}.json`), "utf8")) as Truth;
  const repoId = join(ROOT, "fixtures/tiny", name);
  const options = { config: { repoId }, device: "cpu", threads: 1 } as const;
  const messages: readonly ChatMessage[] = [
    {
      role: "user",
      content: [
        { kind: "text", text: truth.texts[0] },
        { kind: "audio", bytes: CLIP, format: "wav", transcript: null },
        { kind: "text", text: truth.texts[1] },
      ],
    },
  ];
  let parts: SpeechParts;
  let model: SpeechTextModel;
  let chat: TemplatedSpeechChat;

  beforeAll(async () => {
    parts = await loadSpeech(FAMILIES[name].facts as SpeechFacts, options);
    await parts.encoderInput.ready?.();
    model = (await openModel("auto", options)) as SpeechTextModel;
    chat = await model.buildChat(messages);
  });
  afterAll(async () => {
    await model.dispose();
    await parts.engine.release();
    await (await parts.encoder.peek())?.release();
  });

  const heard = (one: TemplatedSpeechChat): readonly ClipInput[] =>
    one.promptParts().flatMap((part) => (part.kind === "audio-in" ? [part.clip] : []));
  const clipOf = (samples: number) => writeWav(sine(440, samples / 16_000), 16_000);
  const only = async (bytes: Uint8Array): Promise<ClipInput> => {
    const content = [{ kind: "audio", bytes, format: "wav", transcript: null }] as const;
    return heard(await model.buildChat([{ role: "user", content }]))[0] as ClipInput;
  };

  it("the prompt: its ids, one token for every stretch of the clip", () => {
    const { ids } = truth;
    const place = ids.indexOf(parts.places.id);
    const wanted = [...ids.slice(0, place), ...new Array<number>(truth.audio_tokens).fill(-1), ...ids.slice(place + 1)];
    expect([...chat.inputTokens]).toEqual(wanted);
    const times = chat.tokenTimes.filter((time) => time !== null);
    expect(times[1]?.startS).toBeCloseTo(token, 9);
    expect(times.at(-1)?.endS).toBe((truth.edges.at(-1) as number) / 16_000);
  });

  it("features", async () => {
    const { bins, frames, data } = await (heard(chat)[0] as ClipInput).mel();
    const { shape, every, values } = truth.features;
    expect([bins, frames]).toEqual(shape);
    const turned = Float32Array.from(floats(values), (_, i) => {
      const at = i * every;
      return data[(at % frames) * bins + Math.floor(at / frames)] as number;
    });
    expect(maxDifference(turned, floats(values))).toBeLessThan(CLOSE);
  });

  it("rows of the encoder, the merged prompt, and the logits behind it", async () => {
    const [clip] = heard(chat);
    const encoding = await (await parts.encoder.get()).encode(clip as ClipInput);
    expect([encoding.rows, encoding.hidden]).toEqual(truth.rows.shape);
    expect(maxDifference(encoding.data, floats(truth.rows))).toBeLessThan(CLOSE);
    const call = parts.embedder.call([chat.promptParts()]);
    const prompt = call.prompts[0] as Int32Array;
    const width = encoding.hidden + (parts.text?.layered ?? 0);
    expect([prompt.length, width]).toEqual(truth.embeddings.shape);
    // A decoder that looks words up itself is fed rows of sound alone.
    const at = [...prompt.keys()].filter((i) => parts.text !== null || (prompt[i] ?? 0) < 0);
    const wanted = at.flatMap((i) => [...floats(truth.embeddings).subarray(i * width, (i + 1) * width)]);
    expect(maxDifference(await call.embed(prompt.filter((_, i) => at.includes(i))), Float32Array.from(wanted))).toBeLessThan(CLOSE);
    let logits = new Float32Array(0);
    await parts.engine.force(call.prompts, {
      ...{ continuation: new Int32Array(0), sharedPrefix: null, embed: call.embed },
      visit: (chunk) => {
        logits = chunk.logits.slice(chunk.at(0, 0) * chunk.vocabulary, (chunk.at(0, 0) + 1) * chunk.vocabulary);
      },
    });
    expect(maxDifference(logits, floats(truth.logits))).toBeLessThan(CLOSE);
    if (truth.whole_model !== undefined) expect(maxDifference(logits, Float32Array.from(truth.whole_model))).toBeLessThan(CLOSE);
  });

  it("the answer and its likelihood, whole and without the first stretch of sound", async () => {
    const answer = await model.generate(chat, { maxNewTokens: 8 });
    expect([...answer.generatedTextTokens]).toEqual(truth.answer);
    const wanted = (given: readonly number[]) => Float64Array.from(given);
    const [whole] = await model.score([chat], answer);
    expect(maxDifference(whole as Float64Array, wanted(truth.log_probabilities))).toBeLessThan(CLOSE);
    for (const mask of ["drop", "silence", "embedding"] as const) {
      const own = await model.buildChat(messages, { audioMasking: mask });
      const tokens = [...own.shapValuesMask.keys()].filter((i) => own.shapValuesMask[i] === 1);
      const end = (truth.edges[1] as number) / 16_000;
      const kept = Uint8Array.from(tokens, (i) => ((own.tokenTimes[i]?.startS ?? end) >= end ? 1 : 0));
      const [masked] = await model.score([own.withPlayers(kept)], answer);
      expect(maxDifference(masked as Float64Array, wanted(truth.masks[mask].first_segment_gone))).toBeLessThan(CLOSE);
    }
  });

  it.each(["drop", "silence", "embedding"] as const)("Shapley values of words and stretches under %s", async (mask) => {
    const request = await requestOf(
      {
        model: { repo: repoId, device: "cpu" },
        generation: { max_new_tokens: 8 },
        messages: [
          {
            role: "user",
            content: [
              { type: "text", text: truth.texts[0] },
              { type: "audio", path: "configs/audio/kitchen-light.wav" },
              { type: "text", text: truth.texts[1] },
            ],
          },
        ],
        explain: { players: { text: "word", audio: "segment", segment_seconds: segment }, audio_masking: mask },
        run: { cache: false },
      },
      ROOT,
    );
    const { players, payoff, response, model: loaded } = await explain(request, { model });
    expect([loaded.connector, response.tokens.length]).toEqual(["speech", truth.answer.length]);
    expect(players.map(({ kind }) => kind)).toEqual(truth.players);
    const { full, empty, shapley } = truth.masks[mask];
    expect(Math.abs(payoff.full - full)).toBeLessThan(CLOSE);
    expect(Math.abs(payoff.empty - empty)).toBeLessThan(CLOSE);
    expect(
      maxDifference(
        Float64Array.from(players, ({ value }) => value),
        Float64Array.from(shapley),
      ),
    ).toBeLessThan(CLOSE);
  });

  it("the encoder's own lengths", async () => {
    for (const [frames, rows] of truth.lengths ?? [[3_000, 3_000 / parts.encoderInput.framesPerToken]]) {
      expect(parts.encoderInput.rowsOf(frames)).toBe(rows);
      expect(await (await parts.encoder.get()).rowsFor(frames, parts.encoderInput.frontEnd.bins)).toBe(rows);
    }
    for (const [frames, rows] of truth.counts ?? []) expect(parts.encoderInput.rowsOf(frames)).toBe(rows);
  });

  it("clips of any length: shorter than a window, longer than what goes in at once", async () => {
    const tiny = await only(clipOf(100));
    expect(tiny.take.length).toBe(short);
    const encoder = await parts.encoder.get();
    expect((await encoder.encode(tiny)).rows).toBe(short);
    if (long === null) {
      await expect(only(clipOf(61 * 16_000))).rejects.toThrow("the clip has 61.0 s, and this model hears 30 s at once");
      return;
    }
    const huge = await only(clipOf(61 * 16_000));
    const all = await encoder.encode(huge);
    expect(all.rows).toBe(huge.take.length);
    expect(all.data.every(Number.isFinite)).toBe(true);
    expect(huge.take.length).toBeGreaterThanOrEqual(long);
  });

  it("several clips stand among the texts in their order; a clip that is gone takes what opened it along", async () => {
    const audio = (samples: number) => ({ kind: "audio", bytes: clipOf(samples), format: "wav", transcript: null }) as const;
    const content = [audio(4_000), { kind: "text", text: "and" }, audio(8_000), { kind: "text", text: "now" }] as const;
    const both = await model.buildChat([{ role: "user", content }]);
    const shape = (one: TemplatedSpeechChat): string =>
      one
        .promptParts()
        .map((part) => (part.kind === "text" ? one.decodeText(part.ids) : "♪"))
        .join("");
    const heardAs = (clip: number): string => marked("♪", clip);
    expect(shape(both)).toContain(`${heardAs(1)}and${heardAs(2)}now`);
    const tokens = [...both.shapValuesMask.keys()].filter((i) => both.shapValuesMask[i] === 1);
    const second = both.tokensModalityFlag.lastIndexOf(ModalityFlag.AUDIO);
    const kept = Uint8Array.from(tokens, (i) => (both.tokensModalityFlag[i] === ModalityFlag.AUDIO && i < second - 3 ? 0 : 1));
    const left = both.withPlayers(kept) as TemplatedSpeechChat;
    expect(shape(left)).toContain(`and${heardAs(2)}now`);
    expect(shape(left)).not.toContain(heardAs(1) === heardAs(2) ? `${heardAs(1)}and` : heardAs(1));
    const silent = await model.buildChat([{ role: "user", content }], { audioMasking: "silence" });
    expect(shape(silent.withPlayers(new Uint8Array(silent.playersNum)) as TemplatedSpeechChat)).toContain(heardAs(1) + heardAs(2));
  });

  it("what stands around a clip runs together with its neighbours as in the whole prompt", async () => {
    const clip = { kind: "audio", bytes: clipOf(4_000), format: "wav", transcript: null } as const;
    for (const { parts: given, ids } of truth.knit ?? []) {
      const content = given.map((text) => (text === null ? clip : ({ kind: "text", text } as const)));
      const own = await model.buildChat([{ role: "user", content }]);
      const fed = own.promptParts().flatMap((part) => (part.kind === "text" ? [...part.ids] : [parts.places.id]));
      expect(fed).toEqual(ids);
    }
  });

  it("of two clips of the same sound, one is the other iff nothing around them tells", async () => {
    const audio = { kind: "audio", bytes: clipOf(4_000), format: "wav", transcript: null } as const;
    const twice = await model.buildChat([{ role: "user", content: [audio, audio] }]);
    const half = twice.playersNum / 2;
    const only = (clip: 0 | 1) => twice.withPlayers(Uint8Array.from({ length: 2 * half }, (_, i) => (i < half === (clip === 0) ? 1 : 0)));
    expect(only(0).fingerprint === only(1).fingerprint).toBe(marked("", 1) === marked("", 2));
  });

  it("what it refuses", async () => {
    const original = model.buildChat(messages, { audioMasking: "drop-original" });
    if (framewise) expect((await original).playersNum).toBe(chat.playersNum);
    else
      await expect(original).rejects.toThrow(
        /drop-original works on frames before they are normalised.*valid are drop, silence, embedding/,
      );
    const literal = [{ role: "user", content: [{ kind: "text", text: `what is ${placeholder}` }] }] as const;
    await expect(model.buildChat(literal)).rejects.toThrow(/in its text, which stands for audio/);
    const noise = [{ kind: "audio", bytes: new TextEncoder().encode("no sound"), format: "wav", transcript: null, name: "x.wav" }] as const;
    await expect(model.buildChat([{ role: "user", content: noise }])).rejects.toThrow(/^x\.wav: /);
    await expect(model.buildChat([])).rejects.toThrow(/at least one message/);
  });

  it("every check passes, and `inspect` shows the tokens", async () => {
    const rows = await checkModel(options, null);
    expect(rows.filter(({ status }) => status === "failed")).toEqual([]);
    expect(rows.map(({ check }) => check)).toEqual(
      expect.arrayContaining(["special tokens", "front end", "decoder", "audio encoder", "cost of a clip"]),
    );
    const request = await requestOf(
      {
        model: { repo: repoId },
        messages: [{ role: "user", content: [{ type: "audio", path: "configs/audio/kitchen-light.wav" }] }],
        explain: { players: { audio: "segment", segment_seconds: segment } },
      },
      ROOT,
    );
    const inspected = await inspect(request, { model });
    expect(inspected.model.connector).toBe("speech");
  });
});
