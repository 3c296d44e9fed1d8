import { describe, expect, test } from "vitest";
import { flacCrc8, flacCrc16, oggCrc } from "../../../src/audio/files/crc.js";

const CHECK = new TextEncoder().encode("123456789");

// What catalogues of checksums give for "123456789".
describe("checksums of the text by which they are known", () => {
  test("CRC-8/SMBUS, FLAC's header", () => expect(flacCrc8(CHECK, 0, 9)).toBe(0xf4));
  test("CRC-16/UMTS, FLAC's frame", () => expect(flacCrc16(CHECK, 0, 9)).toBe(0xfee8));
  test("CRC-32/CKSUM before its closing inversion, Ogg's page", () => expect(oggCrc(CHECK, 0, 9, 100)).toBe(0x89a1897f));
});

test("a frame's checksum goes on where it was left", () => {
  expect(flacCrc16(CHECK, 4, 9, flacCrc16(CHECK, 0, 4))).toBe(flacCrc16(CHECK, 0, 9));
});

test("the four bytes of a page's own checksum count as zero", () => {
  const page = Uint8Array.from(CHECK);
  const before = oggCrc(page, 0, 9, 3);
  page.fill(0xff, 3, 7);
  expect(oggCrc(page, 0, 9, 3)).toBe(before);
  page.fill(0, 3, 7);
  expect(oggCrc(page, 0, 9, 100)).toBe(before);
});
