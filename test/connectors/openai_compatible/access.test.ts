import { describe, expect, it } from "vitest";
import { SERVER_PATIENCE_S, SERVER_TIMEOUT_S, serverAccess } from "../../../src/connectors/openai_compatible/access.js";

describe("a server that may be asked", () => {
  it("has an address without /v1, and defaults", () => {
    expect(serverAccess({ url: "http://localhost:8000/v1/" })).toEqual({
      ...{ url: "http://localhost:8000", apiKey: null, kind: null },
      ...{ timeoutS: SERVER_TIMEOUT_S, patienceS: SERVER_PATIENCE_S },
    });
  });

  it("gets its key over https, or by leave", () => {
    expect(() => serverAccess({ url: "http://gpu.example", apiKey: "s3cret" })).toThrow(
      /^the key would go to http:\/\/gpu\.example unencrypted/,
    );
    expect(serverAccess({ url: "http://gpu.example", apiKey: "s3cret", allowInsecureKey: true }).apiKey).toBe("s3cret");
  });

  it("is waited for a time that there is", () => {
    for (const timeoutS of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => serverAccess({ url: "http://localhost", timeoutS })).toThrow(/^timeoutS is /);
    }
    for (const patienceS of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => serverAccess({ url: "http://localhost", patienceS })).toThrow(/^patienceS is /);
    }
    expect(serverAccess({ url: "http://localhost", patienceS: 0 }).patienceS).toBe(0);
  });

  it("gets no key that a header cannot hold", () => {
    for (const apiKey of ["a b", "s3cret\n", "schlüssel", ""]) {
      expect(() => serverAccess({ url: "https://gpu.example", apiKey })).toThrow(/^the server's key holds blanks or other characters/);
    }
  });
});
