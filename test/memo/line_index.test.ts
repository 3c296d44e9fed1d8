import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { LineIndex } from "../../src/memo/line_index.js";

const fingerprint = (of: number): string => createHash("sha256").update(String(of)).digest("hex");

describe("LineIndex", () => {
  it("names the place of every line, also beyond 4 GiB, and none of what it was not given", () => {
    const index = new LineIndex();
    const lines = 20_000;
    const place = (of: number) => ({ at: of * 1_000_003, bytes: of % 977 });
    for (let of = 0; of < lines; of++) index.add(fingerprint(of), place(of));
    expect(index.size).toBe(lines);
    expect(place(lines - 1).at).toBeGreaterThan(2 ** 32);
    for (let of = 0; of < lines; of++) expect([...index.places(fingerprint(of))]).toContainEqual(place(of));
    const others = Array.from({ length: lines }, (_, of) => [...index.places(fingerprint(lines + of))].length);
    expect(others.filter((places) => places > 0).length).toBeLessThan(3);
  });

  it("names all places of fingerprints that end alike in the order they came in, however often the table has grown", () => {
    const index = new LineIndex();
    const at = Array.from({ length: 100 }, (_, i) => i * 7);
    for (const [i, from] of at.entries()) index.add(`${i}`.padEnd(20, "f"), { at: from, bytes: 5 });
    expect([...index.places(`x${"f".repeat(19)}`)].map((place) => place.at)).toEqual(at);
  });
});
