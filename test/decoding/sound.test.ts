import { describe, expect, onTestFinished, test } from "vitest";
import { NO_HINTS, type SoundHints } from "../../src/decoding/discover.js";
import { type DecoderEngine, type EngineOptions, openDecoder } from "../../src/decoding/engine.js";
import { triedRows, triedTokens } from "../../src/decoding/tried.js";
import { TINY, writeDecoder } from "../support/decoder_files.js";
import type { DecoderShape } from "../support/decoder_shape.js";
import { FLOAT, type Graph } from "../support/onnx_writer.js";
import { maxDifference } from "../support/signals.js";
import { renamed, type SoundGraph, withSound } from "../support/sound_decoder.js";

const SHAPE = {
  ...TINY,
  layers: ["conv", "attention", "attention"],
  positionIds: true,
  keepInput: "logits_to_keep",
} as const satisfies DecoderShape;
const PLACE = 7;
const GRAPH: SoundGraph = { hidden: TINY.hidden, placeholder: PLACE };
const SOUND: SoundHints = { rows: ["audio_features"], placeholder: PLACE, unfed: ["audio_out_codes"], unfedIds: [8], hidden: null };
const OPTIONS = {
  ...{ device: "cpu", threads: 1, memory: 2 ** 28, batchSize: null, vocabulary: TINY.vocabulary },
  hints: { ...NO_HINTS, sound: SOUND },
} as const satisfies EngineOptions;

/** Rows behind ids below zero, some of them a start that prompts share. */
const PROMPTS = [
  [9, -1, -2, 10, 11, -3],
  [9, -1, -2, 10, -4, 12],
  [9, -1, -2, 10, 11, 12],
  [9, 10, 11, 12, 13, 14],
  [9, -1, -2, 10, 11],
].map((ids) => Int32Array.from(ids));
const TARGETS = Int32Array.of(3, 5, 9);
const embed = triedRows({ ...SOUND, name: "", type: "float32", rank: 2, hidden: TINY.hidden });

async function opened(path: string, more: Partial<EngineOptions> = {}): Promise<DecoderEngine> {
  const engine = await openDecoder(path, { ...OPTIONS, ...more });
  onTestFinished(() => engine.release());
  return engine;
}

const scores = async (engine: DecoderEngine) => await engine.score(PROMPTS, { targets: TARGETS, sharedPrefix: null, embed });

async function expectAsAlone(path: string, engine: DecoderEngine): Promise<void> {
  const [got, alone] = [await scores(engine), await scores(await opened(path, { batchSize: 1 }))];
  expect(engine.spent.tokens).toBeGreaterThan(0);
  got.forEach((row, i) => {
    expect(maxDifference(row, alone[i] ?? [])).toBeLessThan(1e-5);
  });
  // What is heard counts: no two of these are one.
  expect(new Set(got.map((row) => row[0]?.toFixed(4))).size).toBe(PROMPTS.length);
}

describe("a decoder that takes rows of sound beside ids", () => {
  test.each([2, 3] as const)("rows of %i axes, in batches and behind shared starts, as each prompt alone", async (rank) => {
    const path = writeDecoder(SHAPE, withSound({ ...GRAPH, rank }));
    const engine = await opened(path);
    expect(engine.io.sound).toEqual({
      name: "audio_features",
      type: "float32",
      rank,
      hidden: TINY.hidden,
      placeholder: PLACE,
      unfedIds: [8],
    });
    expect(engine.plan).toContain("batches of equal length, shared prefix copied to every row");
    await expectAsAlone(path, engine);
  });

  test("rows of half precision", async () => {
    const engine = await opened(writeDecoder({ ...SHAPE, halfCaches: true }, withSound({ ...GRAPH, half: true })));
    expect(engine.io.sound?.type).toBe("float16");
    const plain = await opened(writeDecoder(SHAPE, withSound(GRAPH)));
    const [got, wanted] = [await scores(engine), await scores(plain)];
    got.forEach((row, i) => {
      expect(maxDifference(row, wanted[i] ?? [])).toBeLessThan(0.02);
    });
  });

  test("a graph that deals rows out otherwise over a batch is run row by row", async () => {
    const path = writeDecoder(SHAPE, withSound({ ...GRAPH, columnsFirst: true }));
    const engine = await opened(path);
    expect(engine.can).toMatchObject({ batch: false, chunkBatch: false, stepBatch: false, chunkSingle: true });
    expect(engine.plan).toContain("one row at a time, shared prefix, then row by row");
    await expectAsAlone(path, engine);
  });

  test("one in which the placeholder stands for something else is refused", async () => {
    const path = writeDecoder(SHAPE, withSound({ ...GRAPH, placeholder: 20 }));
    await expect(opened(path)).rejects.toThrow(/what is fed as `audio_features` in the places of token 7 changes nothing/);
  });

  test("tokens that stand for sound are refused in a text", async () => {
    const engine = await opened(writeDecoder(SHAPE, withSound(GRAPH)));
    for (const token of [PLACE, 8]) {
      const score = engine.score([Int32Array.of(9, token)], { targets: TARGETS, sharedPrefix: null, embed });
      await expect(score).rejects.toThrow(`a text has the token ${token}, which stands for sound`);
    }
    const narrow = async (ids: Int32Array) => new Float32Array(ids.length * 3);
    await expect(engine.score(PROMPTS, { targets: TARGETS, sharedPrefix: null, embed: narrow })).rejects.toThrow(
      "takes rows of sound of 16 numbers, but the audio encoder gives 3",
    );
  });
});

describe("what is not understood", () => {
  const plus =
    (...names: readonly string[]) =>
    (graph: Graph): Graph => {
      const { inputs, ...rest } = withSound(GRAPH)(graph);
      return { ...rest, inputs: [...inputs, ...names.map((name) => ({ name, type: FLOAT, dims: ["batch", 192] }))] };
    };

  test("inputs of unknown roles are told in one line, all of them, with their shapes", async () => {
    const path = writeDecoder(SHAPE, plus("speaker", "style"));
    await expect(opened(path)).rejects.toThrow(
      /^[^\n]*model\.onnx: the role of input `speaker` \(float32 \[batch, 192\]\) and that of `style` \(float32 \[batch, 192\]\) is not known; `mllm-shap models check` prints all its inputs and outputs$/,
    );
  });

  test("a graph without rows of sound", async () => {
    await expect(opened(writeDecoder(SHAPE))).rejects.toThrow(/there is no input `audio_features`, which takes the rows of sound/);
    const hints = { ...NO_HINTS, sound: { ...SOUND, rows: ["sound"] } };
    await expect(opened(writeDecoder(SHAPE, withSound(GRAPH)), { hints })).rejects.toThrow(/there is no input `sound`/);
  });
});

describe("caches of names that no known exporter gives", () => {
  const names = {
    "past_conv.0": "conv_in_0",
    "present_conv.0": "conv_out_0",
    ...Object.fromEntries(
      [1, 2].flatMap((i) =>
        ["key", "value"].flatMap((kind) => [
          [`past_key_values.${i}.${kind}`, `kv.${i}.${kind}`],
          [`present.${i}.${kind}`, `kv.${i}.${kind}.new`],
        ]),
      ),
    ),
  };
  const called =
    (more: Readonly<Record<string, string>> = {}) =>
    (graph: Graph): Graph =>
      renamed({ ...names, ...more })(withSound(GRAPH)(graph));

  test("are those that are called like an output, and are tried", async () => {
    const path = writeDecoder(SHAPE, called());
    const engine = await opened(path);
    expect(engine.io.caches.map(({ past, present, kind, layer }) => [past, present, kind, layer])).toEqual([
      ["conv_in_0", "conv_out_0", "conv", 0],
      ["kv.1.key", "kv.1.key.new", "key", 1],
      ["kv.1.value", "kv.1.value.new", "value", 1],
      ["kv.2.key", "kv.2.key.new", "key", 2],
      ["kv.2.value", "kv.2.value.new", "value", 2],
    ]);
    await expectAsAlone(path, engine);
  });

  test("that do not hold what they are called by are refused", async () => {
    const crossed = called({ "present.1.key": "kv.2.key.new", "present.2.key": "kv.1.key.new" });
    await expect(opened(writeDecoder(SHAPE, crossed))).rejects.toThrow(
      /its caches have unknown names, and taken as conv_in_0 → conv_out_0, kv\.1\.key → kv\.1\.key\.new, .* they do not hold what was fed before/,
    );
  });

  test("without an output that is called so are unknown inputs", async () => {
    await expect(opened(writeDecoder(SHAPE, called({ "present_conv.0": "state" })))).rejects.toThrow(
      /the role of input `conv_in_0` \(float32 \[batch_size, 16, 3\]\) is not known/,
    );
  });
});

test("tokens to try with: none stands for something else, and sound lies on both sides of every cut", () => {
  const plain = triedTokens({ sound: null }, 31);
  expect([...plain]).toEqual([3, 10, 17, 24, 0, 7, 14, 21, 28, 4]);
  const tried = triedTokens({ sound: { ...SOUND, name: "", type: "float32", rank: 2, hidden: 2, placeholder: 3, unfedIds: [4, 17] } }, 31);
  expect([...tried]).toEqual([5, -2, 18, -4, 0, -6, -7, 21, 28, -10]);
});
