import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { GEMMA3N } from "../../../src/audio/front_ends/gemma3n.js";
import { GEMMA4 } from "../../../src/audio/front_ends/gemma4.js";
import { LFM3_MEL } from "../../../src/audio/front_ends/lfm3.js";
import { WHISPER } from "../../../src/audio/front_ends/whisper.js";
import { readGemma3nConfig, readGemma4Config } from "../../../src/connectors/speech/gemma_config.js";
import { readGraniteConfig } from "../../../src/connectors/speech/granite_config.js";
import { readLfm3Config } from "../../../src/connectors/speech/lfm3_config.js";
import { readWhisperConfig } from "../../../src/connectors/speech/whisper_config.js";

function folderOf(files: Readonly<Record<string, unknown>>): string {
  const folder = mkdtempSync(join(tmpdir(), "extractor-"));
  for (const [name, json] of Object.entries(files)) writeFileSync(join(folder, name), JSON.stringify(json));
  return folder;
}

describe("readExtractor", () => {
  it("a file of its own comes before a part of the processor's", async () => {
    const own = { "preprocessor_config.json": { feature_size: 128 }, "processor_config.json": { feature_extractor: { feature_size: 64 } } };
    expect(await readWhisperConfig(folderOf(own))).toEqual({ ...WHISPER, feature_size: 128 });
    const nested = { "processor_config.json": { processor_class: "x", feature_extractor: { feature_size: 64 } } };
    expect(await readWhisperConfig(folderOf(nested))).toEqual({ ...WHISPER, feature_size: 64 });
    const other = { "processor_config.json": { audio_processor: { melspec_kwargs: { n_mels: 40 } } } };
    expect((await readGraniteConfig(folderOf(other))).n_mels).toBe(40);
  });

  it("says which file is missing or not understood, and where", async () => {
    await expect(readWhisperConfig(folderOf({}))).rejects.toThrow(/preprocessor_config.json cannot be read as JSON: it is not there/);
    const nested = { "processor_config.json": { feature_extractor: { hop_length: 0 } } };
    await expect(readWhisperConfig(folderOf(nested))).rejects.toThrow(
      /processor_config.json is not understood: feature_extractor.hop_length/,
    );
    const emphasis = folderOf({ "preprocessor_config.json": { preemphasis: 0.97 } });
    await expect(readGemma4Config(emphasis)).rejects.toThrow(/preemphasis/);
    const size = folderOf({ "preprocessor_config.json": { melspec_kwargs: { n_fft: 500 } } });
    await expect(readGraniteConfig(size)).rejects.toThrow(/melspec_kwargs.n_fft: valid are powers of two/);
  });

  it("what a file leaves out is as published", async () => {
    expect(await readGemma4Config(folderOf({ "preprocessor_config.json": {} }))).toEqual(GEMMA4);
    expect(await readGemma3nConfig(folderOf({ "preprocessor_config.json": { preemphasis: 0.9 } }))).toEqual({
      ...GEMMA3N,
      preemphasis: 0.9,
    });
  });
});

describe("readLfm3Config", () => {
  const preprocessor = { feature_type: "log_mel", n_mels: 80, hop_length: 200, normalization: { type: "affine", offset: 3, divisor: 2 } };

  it("the preprocessor of config.json, else a feature extractor's file, else what was published", async () => {
    const extractor = { feature_size: 64, log_floor: -10, normalization_divisor: 5 };
    const own = folderOf({ "config.json": { preprocessor }, "preprocessor_config.json": extractor });
    expect(await readLfm3Config(own)).toMatchObject({ n_mels: 80, hop_length: 200, n_fft: 400, normalization: { offset: 3, divisor: 2 } });
    expect(await readLfm3Config(folderOf({ "config.json": {}, "preprocessor_config.json": extractor }))).toEqual({
      ...LFM3_MEL,
      ...{ n_mels: 64, logmel_floor: -10, normalization: { offset: 4, divisor: 5 } },
    });
    expect(await readLfm3Config(folderOf({ "config.json": {} }))).toEqual(LFM3_MEL);
  });

  it("refuses a front end that is not built here", async () => {
    const refused = (change: Readonly<Record<string, unknown>>) =>
      readLfm3Config(folderOf({ "config.json": { preprocessor: { ...preprocessor, ...change } } }));
    await expect(refused({ center: true })).rejects.toThrow(/config.json is not understood: preprocessor.center/);
    await expect(refused({ win_length: 320 })).rejects.toThrow(/win_length is not n_fft/);
    await expect(refused({ n_fft: 402 })).rejects.toThrow(/preprocessor.n_fft/);
    await expect(refused({ f_max: 9_000 })).rejects.toThrow(/f_min, f_max and half the rate are not in order/);
    await expect(refused({ normalization: { offset: 4, divisor: 0 } })).rejects.toThrow(/nothing can be divided by 0/);
  });
});
