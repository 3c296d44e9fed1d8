import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { inflateSync } from "node:zlib";
import { decode } from "fast-png";
import { DOMParser } from "linkedom";
import { describe, expect, it } from "vitest";
import { SpecError } from "../../../src/errors.js";
import type { Result } from "../../../src/results/result_schema.js";
import { DEFAULT_FIGURE, type FigureOptions } from "../../../src/views/figure_options.js";
import type { FormatDefinition } from "../../../src/views/format.js";
import { pdf, png, svg } from "../../../src/views/result/figures.js";
import { SAMPLE_NAMES, SAMPLES, sampleResult } from "../../support/samples.js";
import { soundResult } from "../../support/sound.js";

async function drawn(format: FormatDefinition<Result>, result: Result, figure: Partial<FigureOptions> = {}): Promise<Buffer> {
  const parts: Buffer[] = [];
  const options = { csvExcel: false, width: 80, colorLevel: 0, figure: { ...DEFAULT_FIGURE, ...figure } } as const;
  const writer = format.open((part) => void parts.push(Buffer.from(part as Uint8Array)), options);
  await writer.write(result);
  await writer.close();
  return Buffer.concat(parts);
}

describe("figures", () => {
  it.each(SAMPLE_NAMES)("of the %s sample stand alone: colours and face are in them", async (name) => {
    const text = (await drawn(svg, sampleResult(SAMPLES[name]))).toString();
    expect(text).not.toMatch(/var\(|currentColor|https?:(?!\/\/www\.w3\.org)/);
    expect(text).toContain('@font-face{font-family:"Source Sans 3";src:url("data:font/woff2;base64,');
    // Every pattern that fills something is there.
    const used = [...text.matchAll(/fill="url\(#([^)]*)\)"/g)].map(([, id]) => id);
    for (const id of used) expect(text).toContain(`<pattern id="${id}"`);
    const root = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
    expect(root?.getAttribute("viewBox")).toMatch(/^0 0 672\.7/);
  });

  it("show the clip where there is one, and what is asked for", async () => {
    const whole = (await drawn(svg, soundResult())).toString();
    expect(whole).toContain("data:image/png;base64,");
    const bars = (await drawn(svg, soundResult(), { panels: ["bars"], widthMm: 85 })).toString();
    expect(bars).not.toContain("data:image/png");
    expect(Number(/ width="([\d.]+)"/.exec(bars)?.[1])).toBeCloseTo((85 * 96) / 25.4, 6);
  });

  it("as PNG are 300 dots an inch, the same bytes each time", async () => {
    const result = sampleResult(SAMPLES.turns);
    const [first, second] = [await drawn(png, result, { widthMm: 85 }), await drawn(png, result, { widthMm: 85 })];
    expect(decode(first).width).toBe(Math.round((85 / 25.4) * 300));
    expect(first.equals(second)).toBe(true);
    const pixels = decode(first).data;
    expect(new Set(pixels).size).toBeGreaterThan(50);
  });

  it("as PDF embed their face and give the same bytes each time", async () => {
    const result = sampleResult(SAMPLES.turns);
    const first = await drawn(pdf, result);
    const text = first.toString("latin1");
    expect(text).toMatch(/\/BaseFont \/[A-Z]+\+SourceSans3/);
    expect(text).toContain("/FontFile2");
    // The page is as wide as the figure, in points.
    const width = Number(/\/MediaBox \[0 0 ([\d.]+)/.exec(text)?.[1]);
    expect(width).toBeCloseTo((178 / 25.4) * 72, 0);
    // Text is text: streams show glyphs, no picture of them.
    const streams = [...text.matchAll(/stream\n([\s\S]*?)\nendstream/g)].map(([, body]) => {
      try {
        return inflateSync(Buffer.from(body ?? "", "latin1")).toString("latin1");
      } catch {
        return "";
      }
    });
    expect(streams.some((stream) => /> T[jJ]\b|\] TJ\b/.test(stream))).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const digest = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
    expect(digest(await drawn(pdf, result))).toBe(digest(first));
  });

  it("say which characters their face lacks, and take another face", async () => {
    const text = (await drawn(svg, sampleResult(SAMPLES.hostile))).toString();
    expect(text).toMatch(/Source Sans 3 has no shape for U\+53A8, /);
    const font = readFileSync(new URL("../../../assets/fonts/SourceSans3-Regular.ttf", import.meta.url));
    expect((await drawn(svg, sampleResult(SAMPLES.text), { font })).toString()).toContain("data:font/ttf;base64,");
    await expect(drawn(svg, sampleResult(SAMPLES.text), { font: Buffer.from("no font") })).rejects.toThrow(/--font: not a TrueType/);
  });

  it("hold one result", async () => {
    const writer = svg.open(() => undefined, { csvExcel: false, width: 80, colorLevel: 0, figure: DEFAULT_FIGURE });
    for (const name of ["text", "turns"] as const) await writer.write(sampleResult(SAMPLES[name]));
    await expect(writer.close()).rejects.toThrow(SpecError);
  });
});
