import { describe, expect, it } from "vitest";
import { compareResults } from "../../../src/results/comparison.js";
import { DEFAULT_FIGURE } from "../../../src/views/figure_options.js";
import { drawDifferences } from "../../../src/views/figures/differences.js";
import { sceneOf } from "../../../src/views/figures/scene.js";
import { render } from "../../../src/views/format.js";
import { chartStyle } from "../../../src/views/html/section.js";
import { PAIR_FORMATS } from "../../../src/views/pair/formats.js";
import { SAMPLES, sampleResult } from "../../support/samples.js";

const a = sampleResult(SAMPLES.turns);
const b = {
  ...a,
  players: a.players.map((player) => (player.text === "lamp" ? { ...player, value: 0.95, interval: [0.9, 1] as const } : player)),
};
const pair = { a, b, report: compareResults({ file: "a.json", result: a }, { file: "b.json", result: b }, "1.2.3") };

describe("two results side by side", () => {
  it("have one scale of colours: the same value has the same colour on both sides", async () => {
    const html = await render(PAIR_FORMATS.html, [pair]);
    // 1.9 is the largest of both; 0.95 is half of it, though the largest of b.
    expect(html).toMatch(/class="chip r24 up"[^>]*title="lamp, turn 3: \+1\.900/);
    expect(html).toMatch(/class="chip r12 up"[^>]*title="lamp, turn 3: \+0\.950/);
    expect(html.match(/data-result="r1"/g)?.length).toBeGreaterThanOrEqual(3);
  });

  it("the largest difference comes first, a filled and b hollow, each with its interval", () => {
    const { markup } = drawDifferences(sceneOf(a), sceneOf(b), chartStyle(600), 3);
    expect(markup).toMatch(/aria-label="Values of the same players in a and b: lamp \+1\.900 and \+0\.95/);
    const dots = [...markup.matchAll(/<circle [^>]*data-player="(\d+)"/g)].map(([, player]) => player);
    expect(dots).toHaveLength(6);
    expect(dots.slice(0, 3)).toEqual(dots.slice(3));
    const lamp = a.players.find(({ text }) => text === "lamp");
    expect(dots[0]).toBe(String(lamp?.index));
  });

  it("as text and JSON are the comparison", async () => {
    expect(JSON.parse(await render(PAIR_FORMATS.json, [pair]))).toEqual(pair.report);
    expect(await render(PAIR_FORMATS.text, [pair])).toContain("mean |difference|");
  });

  it("as a figure stand alone, and hold one pair", async () => {
    const svg = await render(PAIR_FORMATS.svg, [pair], { figure: { ...DEFAULT_FIGURE, widthMm: 85 } });
    expect(svg).not.toMatch(/var\(|currentColor/);
    await expect(render(PAIR_FORMATS.svg, [pair, pair])).rejects.toThrow(/svg holds one result, and there are 2/);
  });
});
