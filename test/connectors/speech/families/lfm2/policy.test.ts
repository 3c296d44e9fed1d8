import { describe, expect, test } from "vitest";
import { ModalityFlag } from "../../../../../src/chat/enums.js";
import { LiquidPolicy } from "../../../../../src/connectors/speech/families/lfm2/policy.js";
import { END_OF_AUDIO } from "../../../../../src/connectors/speech/families/lfm2/tokens.js";
import { END } from "../../../../../src/decoding/step_policy.js";
import { createRng } from "../../../../../src/random.js";

const VOCABULARY = 200;
const GREEDY = { temperature: 0, topK: 1 };

interface Script {
  readonly mode: "sequential" | "interleaved";
  /** What the decoder would write at every text step. */
  readonly texts: readonly number[];
  /** First codes of what the depthformer would say; the second code is 9. */
  readonly frames?: readonly number[];
  readonly maxNewTokens?: number;
  readonly interleavedText?: number;
  readonly interleavedAudio?: number;
}

/** Plays one answer; the policy alone decides whether a step is text ("T") or sound ("A"). */
async function play({ mode, texts, frames = [], maxNewTokens = 50, interleavedText = 2, interleavedAudio = 3 }: Script) {
  const said = [...frames];
  const policy = new LiquidPolicy({
    mode,
    ids: { turnEnd: 7, audioStart: 128, textEnd: 130 },
    interleavedText,
    interleavedAudio,
    maxNewTokens,
    text: GREEDY,
    audio: GREEDY,
    codebooks: 2,
    rng: () => createRng(0),
    frames: async (hidden, rows) => {
      expect([...hidden]).toEqual([1, 2]);
      expect(rows).toBe(1);
      const code = said.shift();
      if (code === undefined) throw new Error("nothing more to say");
      return Int32Array.of(code, 9);
    },
    frameId: (codes) => -1000 - (codes[0] as number),
    answers: null,
  });
  const fed: number[] = [];
  let written = 0;
  for (;;) {
    const logits = new Float32Array(VOCABULARY);
    logits[texts[written] ?? 199] = 1;
    const before = said.length;
    const [id] = await policy.advance({
      requests: [0],
      vectors: [0],
      logits,
      vocabulary: VOCABULARY,
      hidden: Float32Array.of(1, 2),
    });
    if (said.length === before) written += 1;
    if (id === END) break;
    fed.push(id as number);
  }
  const { text, frames: codes, flags, finishReason } = policy.output(0);
  const steps = flags.map((flag) => (flag === ModalityFlag.TEXT ? "T" : "A")).join("");
  return { steps, text, codes: codes.map((frame) => [...frame]), finishReason, fed };
}

describe("sequential", () => {
  test("the token that ends the turn is emitted and stops", async () => {
    expect(await play({ mode: "sequential", texts: [10, 11, 7, 12] })).toEqual({
      steps: "TTT",
      text: [10, 11, 7],
      codes: [],
      finishReason: "stop",
      fed: [10, 11],
    });
  });

  test("sound begins after its token, is fed with its end, and text goes on", async () => {
    expect(await play({ mode: "sequential", texts: [10, 128, 11, 7], frames: [1, 2, END_OF_AUDIO] })).toEqual({
      steps: "TTAAATT",
      text: [10, 128, 11, 7],
      codes: [
        [1, 9],
        [2, 9],
        [END_OF_AUDIO, END_OF_AUDIO],
      ],
      finishReason: "stop",
      fed: [10, 128, -1001, -1002, -1000 - END_OF_AUDIO, 11],
    });
  });

  test("the end of text and counts mean nothing", async () => {
    expect(await play({ mode: "sequential", texts: [130, 1, 2, 3, 4, 7] })).toMatchObject({ steps: "TTTTTT", finishReason: "stop" });
  });

  test("steps of both kinds count", async () => {
    const cut = await play({ mode: "sequential", texts: [128], frames: [1, 2, 3, 4], maxNewTokens: 4 });
    expect(cut).toMatchObject({ steps: "TAAA", finishReason: "length", fed: [128, -1001, -1002] });
  });
});

describe("interleaved", () => {
  test("text and sound alternate by count, and the token that ends the turn is not emitted", async () => {
    expect(await play({ mode: "interleaved", texts: [10, 11, 12, 13, 7], frames: [1, 2, 3, 4, 5, 6] })).toMatchObject({
      steps: "TTAAATTAAA",
      text: [10, 11, 12, 13],
      finishReason: "stop",
    });
  });

  test("an answer of nothing", async () => {
    expect(await play({ mode: "interleaved", texts: [7] })).toEqual({ steps: "", text: [], codes: [], finishReason: "stop", fed: [] });
  });

  test("after the end of text, sound is not limited by count", async () => {
    expect(await play({ mode: "interleaved", texts: [130, 7], frames: [1, 2, 3, 4, 5, END_OF_AUDIO] })).toMatchObject({
      steps: "TAAAAAA",
      text: [130],
      finishReason: "stop",
    });
  });

  test("text after the end of text goes straight back to sound", async () => {
    expect(await play({ mode: "interleaved", texts: [130, 50, 7], frames: [1, END_OF_AUDIO, 2, END_OF_AUDIO] })).toMatchObject({
      steps: "TAATAA",
      text: [130, 50],
      finishReason: "stop",
    });
  });

  test("an early end of sound leaves the count: text lasts as long as sound would have", async () => {
    // Two of five frames are said; three are left, and so are three tokens.
    const early = { mode: "interleaved", interleavedAudio: 5 } as const;
    expect(await play({ ...early, texts: [1, 2, 3, 4, 5, 6, 7], frames: [1, END_OF_AUDIO, 2, 3, 4, 5, 6] })).toMatchObject({
      steps: "TTAATTTAAAAAT",
      finishReason: "stop",
    });
  });

  test("an end of sound where the count runs out too starts a whole run of text", async () => {
    expect(await play({ mode: "interleaved", texts: [1, 2, 3, 4, 7], frames: [1, 2, END_OF_AUDIO, 4, 5, 6] })).toMatchObject({
      steps: "TTAAATTAAA",
      finishReason: "stop",
    });
  });

  test("the token that opens sound in a sequential answer means nothing", async () => {
    expect(await play({ mode: "interleaved", texts: [128, 2, 7], frames: [1, 2, 3] })).toMatchObject({ steps: "TTAAA", text: [128, 2] });
  });

  test("an answer is cut at the longest length, in text or in sound", async () => {
    expect(await play({ mode: "interleaved", texts: [1, 2], frames: [1, 2, 3], maxNewTokens: 4 })).toMatchObject({
      steps: "TTAA",
      finishReason: "length",
      fed: [1, 2, -1001],
    });
    expect(await play({ mode: "interleaved", texts: [1, 2], maxNewTokens: 1 })).toMatchObject({ steps: "T", fed: [] });
  });

  test("only the first code ends the sound", async () => {
    const answer = await play({ mode: "interleaved", texts: [130, 7], frames: [END_OF_AUDIO - 1, END_OF_AUDIO] });
    expect(answer.codes).toEqual([
      [END_OF_AUDIO - 1, 9],
      [END_OF_AUDIO, END_OF_AUDIO],
    ]);
  });
});

test("rows of a batch stand at steps of their own", async () => {
  const asked: (readonly number[])[] = [];
  const policy = new LiquidPolicy({
    mode: "interleaved",
    ids: { turnEnd: 7, audioStart: 128, textEnd: 130 },
    interleavedText: 1,
    interleavedAudio: 2,
    maxNewTokens: 10,
    text: GREEDY,
    audio: GREEDY,
    codebooks: 1,
    rng: () => createRng(0),
    frames: async (hidden, rows, choose) => {
      asked.push([...hidden]);
      return Int32Array.from({ length: rows }, (_, row) => choose(row, 0, Float32Array.of(0, 0, 1, 0, 0, 1), row * 3, 3));
    },
    frameId: (codes) => -10 - (codes[0] as number),
    answers: null,
  });
  const logits = new Float32Array(3 * VOCABULARY);
  logits[5] = 1;
  logits[VOCABULARY + 7] = 1;
  logits[2 * VOCABULARY + 6] = 1;
  const hidden = Float32Array.of(1, 1, 2, 2, 3, 3);
  const step = (rows: readonly (readonly [number, number])[]) =>
    policy.advance({
      requests: rows.map(([request]) => request),
      vectors: rows.map(([, vector]) => vector),
      logits,
      vocabulary: VOCABULARY,
      hidden,
    });
  expect([...(await step([[0, 0]]))]).toEqual([5]);
  // Request 0 speaks now, 1 ends at once, 2 writes its first token.
  expect([
    ...(await step([
      [2, 2],
      [0, 1],
      [1, 1],
    ])),
  ]).toEqual([6, -12, END]);
  expect([
    ...(await step([
      [0, 0],
      [2, 2],
    ])),
  ]).toEqual([-12, -12]);
  expect(asked).toEqual([
    [2, 2],
    [1, 1, 3, 3],
  ]);
});
