import { describe, expect, it } from "vitest";
import { decodeText, type Encoding } from "../../src/text/encoding.js";

const ALL: readonly Encoding[] = ["utf-8", "utf-16le", "utf-16be"];
const TEXT = "Zażółć, turn on the light 打开";
const little = Buffer.from(TEXT, "utf16le");
const big = Buffer.from(little).swap16();

describe("decodeText", () => {
  it.each([
    ["UTF-8", Buffer.from(TEXT)],
    ["UTF-8 with a mark", Buffer.from(`\ufeff${TEXT}`)],
    ["UTF-16 LE with a mark", Buffer.concat([Buffer.from([0xff, 0xfe]), little])],
    ["UTF-16 BE with a mark", Buffer.concat([Buffer.from([0xfe, 0xff]), big])],
    ["UTF-16 LE", little],
    ["UTF-16 BE", big],
  ])("reads %s", (_name, bytes) => {
    expect(decodeText(bytes, ALL)).toBe(TEXT);
  });

  it.each([
    [
      "Latin-1",
      Buffer.from("café olé", "latin1"),
      { problem: "is not valid UTF-8; save it as UTF-8", hint: "it looks like Latin-1 or Windows-1252" },
    ],
    ["UTF-32", Buffer.from([0xff, 0xfe, 0, 0, 65, 0, 0, 0]), { problem: "is encoded as UTF-32; save it as UTF-8" }],
    ["a binary file", Buffer.from([1, 0, 0, 0, 7, 0, 0, 9, 0, 0]), { problem: "is not a text file" }],
    ["half a character", Buffer.from([0xff, 0xfe, 0x3d, 0xd8]), { problem: expect.stringContaining("begins like UTF-16LE") }],
    ["bytes that are nothing", Buffer.from([65, 0xff, 0x01]), { problem: "is not valid UTF-8; save it as UTF-8" }],
  ])("refuses %s by name", (_name, bytes, expected) => {
    expect(decodeText(bytes, ALL)).toEqual(expected);
  });

  it("names UTF-16 where it is not taken", () => {
    expect(decodeText(little, ["utf-8"])).toEqual({ problem: "is encoded as UTF-16; save it as UTF-8" });
  });
});
