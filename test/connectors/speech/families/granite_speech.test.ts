import { describe, expect, it } from "vitest";
import { GRANITE, graniteFrontEnd } from "../../../../src/audio/front_ends/granite.js";
import type { SpeechFacts } from "../../../../src/connectors/speech/facts.js";
import { graniteSpeech } from "../../../../src/connectors/speech/families/granite_speech.js";
import { familyEncoderInput } from "../../../../src/connectors/speech/family_encoder_input.js";

const facts = graniteSpeech.facts as SpeechFacts;
const encoderInput = (config: Readonly<Record<string, unknown>>) =>
  familyEncoderInput(facts, config, graniteFrontEnd(GRANITE), () => Promise.reject(new Error("no graph is asked"))).encoderInput;

describe("Granite-speech's facts", () => {
  it("refuses models whose adapter is on for sound alone, and those that do not say", () => {
    expect(() => encoderInput({ has_lora_adapter: true })).toThrow(
      "this model cannot be explained: its adapter is on where there is audio alone",
    );
    expect(() => encoderInput({})).toThrow("its adapter is on");
  });

  it("rows by window and rate of the configuration, else three of 15 frames", () => {
    const plain = encoderInput({ has_lora_adapter: false });
    expect([1, 15, 16, 650].map((frames) => plain.rowsOf(frames))).toEqual([3, 3, 6, 132]);
    expect(encoderInput({ has_lora_adapter: false, window_size: 10, downsample_rate: 5 }).rowsOf(21)).toBe(6);
  });
});
