import { expect, test } from "vitest";
import { sha256 } from "../../src/util/sha256.js";

test("the digest of FIPS 180-2's example, of bytes and of text", () => {
  const digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  expect(sha256("abc")).toBe(digest);
  expect(sha256(Uint8Array.of(0x61, 0x62, 0x63))).toBe(digest);
});
