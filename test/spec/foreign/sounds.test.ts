import { expect, test } from "vitest";
import { isUnchanging } from "../../../src/audio/memory.js";
import { soundBytes } from "../../../src/spec/foreign/sounds.js";

test.each([
  ["base64", "AQID"],
  ["a data: URL", "data:audio/wav;base64,AQID"],
  ["with blanks and line breaks", "AQ\nID "],
])("%s gives the bytes, which are decoded once", (_, said) => {
  const found = soundBytes(said);
  expect(found).toEqual({ bytes: Uint8Array.of(1, 2, 3) });
  expect("bytes" in found && isUnchanging(found.bytes)).toBe(true);
});

test("both alphabets of base64", () => {
  expect(soundBytes("-_8=")).toEqual(soundBytes("+/8="));
});

test.each([
  [undefined, "needs the sound as base64 (data)"],
  [7, "needs the sound as base64 (data)"],
  ["", "holds no sound (0 bytes)"],
  ["data:audio/wav;base64,", "holds no sound (0 bytes)"],
  ["data:audio/wav,AQID", "must be base64 (data:audio/…;base64,…)"],
  ["AQ!D", 'is not base64: "!" stands at character 3'],
  ["AQ==ID", 'is not base64: "=" stands at character 4'],
])("%j is refused", (said, problem) => {
  expect(soundBytes(said)).toEqual({ problem });
});
