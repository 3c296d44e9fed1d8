import { parse } from "papaparse";
import { describe, expect, it } from "vitest";
import type { Alignment } from "../../../src/results/alignment.js";
import { ALIGNMENT_FORMATS } from "../../../src/views/alignment/formats.js";
import { formatOfFile } from "../../../src/views/format.js";
import { rendered } from "../../support/render.js";
import { sine } from "../../support/signals.js";

const ALIGNMENT: Alignment = {
  audio: { path: "say.wav", sha256: "ab".repeat(32), seconds: 6.5, decoder: "wav" },
  model: "embedded:nano-ctc",
  boundaryRule: "pauses",
  segments: [
    { token: "turn on", startS: 0.25, endS: 0.75, confidence: 0.5, boundaryRefined: true },
    { token: '"the", <b>\n& that', startS: 0.75, endS: 1.0005, confidence: 0.25, boundaryRefined: false },
    { token: "light", startS: 4.9, endS: 5.5, confidence: 0.75, boundaryRefined: true },
  ],
  warnings: ["a warning"],
  waveform: { samples: sine(5, 6.5, 8_000), sampleRate: 8_000 },
};

describe("alignment formats", () => {
  it("JSON holds everything but the sound, in a fixed order", () => {
    const written = JSON.parse(rendered(ALIGNMENT_FORMATS.json, [ALIGNMENT]));
    expect(Object.keys(written)).toEqual(["schema", "audio", "model", "boundary_rule", "segments", "warnings"]);
    expect(written.schema).toBe("mllm-shap/alignment@1");
    expect(written.segments[1]).toEqual({
      index: 1,
      token: '"the", <b>\n& that',
      start_s: 0.75,
      end_s: 1.0005,
      confidence: 0.25,
      boundary_refined: false,
    });
  });

  it("CSV reads back whole", () => {
    const { data } = parse<Record<string, string>>(rendered(ALIGNMENT_FORMATS.csv, [ALIGNMENT]), { header: true, skipEmptyLines: true });
    expect(data.map(({ token }) => token)).toEqual(ALIGNMENT.segments.map(({ token }) => token));
    expect(data[2]).toMatchObject({ start_s: "4.9", end_s: "5.5", boundary_refined: "true" });
  });

  it("TextGrid covers the clip without a gap and doubles quotes", () => {
    const text = rendered(ALIGNMENT_FORMATS.textgrid, [ALIGNMENT]);
    const bounds = [...text.matchAll(/^ {12}xm(?:in|ax) = (\S+)$/gm)].map(([, value]) => Number(value));
    expect(bounds[0]).toBe(0);
    expect(bounds.at(-1)).toBe(6.5);
    for (let i = 1; i + 1 < bounds.length; i += 2) expect(bounds[i]).toBe(bounds[i + 1]);
    expect(text).toContain(`intervals: size = ${bounds.length / 2}`);
    expect(text).toContain('text = """the"", <b> & that"');
  });

  it("SRT and VTT keep to their clocks and to one line a cue", () => {
    expect(rendered(ALIGNMENT_FORMATS.srt, [ALIGNMENT])).toBe(
      '1\n00:00:00,250 --> 00:00:00,750\nturn on\n\n2\n00:00:00,750 --> 00:00:01,001\n"the", <b> & that\n\n3\n00:00:04,900 --> 00:00:05,500\nlight\n',
    );
    const vtt = rendered(ALIGNMENT_FORMATS.vtt, [ALIGNMENT]);
    expect(vtt.startsWith("WEBVTT\n\n00:00:00.250 --> 00:00:00.750\nturn on\n")).toBe(true);
    expect(vtt).toContain('"the", &lt;b&gt; &amp; that');
  });

  it("counts hours", () => {
    const late = {
      ...ALIGNMENT,
      segments: [{ ...(ALIGNMENT.segments[0] as (typeof ALIGNMENT.segments)[number]), startS: 3_599.9996, endS: 3_661.5 }],
    };
    expect(rendered(ALIGNMENT_FORMATS.srt, [late])).toContain("01:00:00,000 --> 01:01:01,500");
  });

  it("Audacity labels have three columns", () => {
    const rows = rendered(ALIGNMENT_FORMATS.audacity, [ALIGNMENT]).trimEnd().split("\n");
    expect(rows.map((row) => row.split("\t"))).toEqual([
      ["0.250000", "0.750000", "turn on"],
      ["0.750000", "1.000500", '"the", <b> & that'],
      ["4.900000", "5.500000", "light"],
    ]);
  });

  it("text is a table that no unit can break", () => {
    const lines = rendered(ALIGNMENT_FORMATS.text, [ALIGNMENT]).trimEnd().split("\n");
    expect(lines.length).toBe(4);
    expect(lines[1]).toBe(" 0.25   0.75   0.50  turn on");
    expect(lines[2]).toContain('"the", <b>\\n& that');
  });

  it("the picture shows every unit once by name, in rows of five seconds, as well-formed XML", () => {
    const svg = rendered(ALIGNMENT_FORMATS.svg, [ALIGNMENT]);
    expect(svg.startsWith('<svg xmlns="http://www.w3.org/2000/svg"')).toBe(true);
    expect(svg.match(/<path /g)?.length).toBe(2);
    expect(svg.match(/>light<\/text>/g)?.length).toBe(1);
    expect(svg.match(/<rect /g)?.length).toBe(1 + 3 + 1);
    expect(svg).toContain("light: 4.900 – 5.500 s, confidence 0.75");
    expect(svg).not.toMatch(/<b>|NaN|undefined/);
    expect(svg.match(/<(\w+)[ >]/g)?.length).toBe(svg.match(/<\/(\w+)>/g)?.length);
  });

  it("survives a clip without units and one without sound", () => {
    const empty = { ...ALIGNMENT, segments: [], waveform: { samples: new Float32Array(52_000), sampleRate: 8_000 } };
    for (const format of Object.values(ALIGNMENT_FORMATS)) expect(rendered(format, [empty])).not.toMatch(/NaN|undefined/);
  });

  it("goes by a file's ending", () => {
    expect(["a.TextGrid", "b.SRT", "c.txt", "d.svg", "e.json"].map((file) => formatOfFile(ALIGNMENT_FORMATS, file)?.name)).toEqual([
      "textgrid",
      "srt",
      "audacity",
      "svg",
      "json",
    ]);
    expect(formatOfFile(ALIGNMENT_FORMATS, "f.wav")).toBeNull();
  });
});
