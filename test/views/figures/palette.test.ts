import { describe, expect, it } from "vitest";
import { colourOf, contrast, inkOn, luminance, PAGE, resolved, rgb, STEPS, toneOf } from "../../../src/views/figures/palette.js";

const shares = Array.from({ length: STEPS }, (_, i) => (i + 1) / STEPS);

describe("colours of values", () => {
  it.each([1, -1])("of sign %d leave the page's colour step by step: a print in grey keeps the order", (sign) => {
    for (const [theme, way] of [
      ["light", -1],
      ["dark", 1],
    ] as const) {
      let before = luminance(rgb(PAGE[theme].page));
      for (const share of shares) {
        const now = luminance(colourOf(sign * share, theme));
        expect((now - before) * way).toBeGreaterThan(0);
        before = now;
      }
    }
  });

  it("can be read on, each of them, and so can the page", () => {
    for (const theme of ["light", "dark"] as const) {
      for (const share of [...shares, ...shares.map((one) => -one)]) {
        const colour = colourOf(share, theme);
        expect(contrast(colour, rgb(inkOn(colour)))).toBeGreaterThan(4.5);
      }
      for (const name of ["text", "faint"] as const) expect(contrast(rgb(PAGE[theme].page), rgb(PAGE[theme][name]))).toBeGreaterThan(4.5);
    }
  });

  it("have no jump: 2 % of the largest value is all but the page, the largest stands out", () => {
    expect(toneOf(0.02)).toBeNull();
    expect(toneOf(0.03)).toBe("r1");
    expect(toneOf(-1)).toBe("l24");
    expect(contrast(colourOf(1 / STEPS, "light"), rgb("#ffffff"))).toBeLessThan(1.1);
    expect(contrast(colourOf(1, "light"), rgb("#ffffff"))).toBeGreaterThan(5);
  });

  it("are written out where a file stands alone", () => {
    expect(resolved('fill="var(--r24)" stroke="currentColor" id="url(#hatch-r24)"')).toBe(
      'fill="#ab3a02" stroke="#1b1d21" id="url(#hatch-r24)"',
    );
  });
});
