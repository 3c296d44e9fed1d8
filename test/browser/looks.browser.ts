import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { BROWSER } from "./browser.js";

interface Pictures {
  pictures(css?: string): Promise<ReadonlyMap<string, Uint8Array>>;
  difference(a: Uint8Array, b: Uint8Array): number;
}

/** Chromium's versions round a pixel here and there; a card that moves, or a colour that changes, is more. */
const TOLERANCE = 0.002;

describe.skipIf(BROWSER === null)("the pictures of docs/images", () => {
  let tools: Pictures;
  let made: ReadonlyMap<string, Uint8Array>;
  beforeAll(async () => {
    // By a name that the compiler does not follow: the scripts have no types.
    const path = new URL("../../scripts/screenshots/pictures.mjs", import.meta.url).href;
    tools = (await import(path)) as Pictures;
    made = await tools.pictures();
  });
  const kept = (name: string): Uint8Array => readFileSync(fileURLToPath(new URL(`../../docs/images/${name}`, import.meta.url)));

  it.each(["text", "speech", "words", "interactions", "compared", "phone"])("%s looks as it is shown there", (name) => {
    const picture = made.get(`${name}.png`) ?? new Uint8Array();
    expect(tools.difference(picture, kept(`${name}.png`)), "if the new look is meant: npm run docs:screenshots").toBeLessThan(TOLERANCE);
  });

  it("are small", () => {
    for (const [name, bytes] of made) if (name.endsWith(".png")) expect(bytes.length, name).toBeLessThan(150_000);
  });

  it("notice colours that are gone", async () => {
    const spoilt = await tools.pictures(".chip { background: none !important } svg rect { fill: none !important }");
    for (const name of ["text.png", "speech.png", "phone.png"]) {
      expect(tools.difference(spoilt.get(name) ?? new Uint8Array(), kept(name))).toBeGreaterThan(2 * TOLERANCE);
    }
  });
});
