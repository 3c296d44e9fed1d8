import { describe, expect, it } from "vitest";
import { isPassing, waitBefore } from "../../../src/connectors/openai_compatible/retry.js";

describe("what a server is asked again", () => {
  it.each([408, 425, 429, 500, 502, 503, 504])("passes: status %i", (status) => {
    expect(isPassing({ status, text: "" })).toBe(true);
  });

  it.each([200, 301, 400, 401, 404, 413, 422])("does not pass: status %i", (status) => {
    expect(isPassing({ status, text: "" })).toBe(false);
  });

  it("passes: a connection that broke", () => {
    expect(isPassing({ status: null, text: "the connection broke" })).toBe(true);
  });

  it("is no quota that is used up", () => {
    expect(isPassing({ status: 429, text: '{"error":{"code":"insufficient_quota"}}' })).toBe(false);
  });
});

describe("how long is waited", () => {
  const now = Date.parse("2026-11-26T10:00:00Z");

  it("is what the server says, in milliseconds, seconds or as a date", () => {
    expect(waitBefore(0, { "retry-after-ms": "250", "retry-after": "9" }, now)).toBe(250);
    expect(waitBefore(3, { "retry-after": "9" }, now)).toBe(9_000);
    expect(waitBefore(0, { "retry-after": "Thu, 26 Nov 2026 10:00:05 GMT" }, now)).toBe(5_000);
    expect(waitBefore(0, { "retry-after": "Thu, 26 Nov 2026 09:00:05 GMT" }, now)).toBe(0);
  });

  it("is twice as long each time otherwise, to half a minute", () => {
    expect([0, 1, 2, 3, 9].map((attempt) => waitBefore(attempt, { "retry-after": "soon" }, now))).toEqual([500, 1000, 2000, 4000, 30_000]);
  });
});
