import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { audioMasks } from "../../../src/audio/masks/registry.js";
import { redact } from "../../../src/results/redact.js";
import type { Result } from "../../../src/results/result_schema.js";
import { render } from "../../../src/views/format.js";
import { escapeHtml } from "../../../src/views/html/markup.js";
import { maskingOf } from "../../../src/views/html/sections/sound.js";
import { html as page } from "../../../src/views/result/html.js";
import { htmlFragment } from "../../../src/views/result/html_fragment.js";
import { SAMPLE_NAMES, SAMPLES, sampleResult, word } from "../../support/samples.js";
import { soundResult } from "../../support/sound.js";

/** Names of the tags in order, closing ones with their slash; scripts and styles are no markup. */
const bare = (html: string) => html.replace(/<(script|style)>.*?<\/\1>/gs, "<$1></$1>");
const tags = (html: string) => (bare(html).match(/<\/?[a-z0-9!]+/gi) ?? []).join(" ");
const VOID = new Set(["meta"]);

function resultOf(text: string): Result {
  const turns = [{ role: "user" as const, entries: [{ tokens: [word("a", 1), word(text, -2)] }] }];
  const result = sampleResult({ turns, answer: text, parts: { warnings: [`warned of ${text}`] } });
  return { ...result, spec: { ...result.spec, path: text } };
}

describe("HTML view", () => {
  it.each(SAMPLE_NAMES)("of the %s sample closes every tag and reaches nothing outside", async (name) => {
    const html = await render(page, [sampleResult(SAMPLES[name])]);
    const open: string[] = [];
    for (const [, close, tag = "", self] of bare(html).matchAll(/<(\/?)([a-z0-9]+)(?:[^<>"]|"[^"]*")*?(\/?)>/gi)) {
      if (VOID.has(tag) || self === "/") continue;
      if (close === "/") expect(open.pop()).toBe(tag);
      else open.push(tag);
    }
    expect(open).toEqual([]);
    expect(bare(html)).not.toMatch(/<link|@import|url\((?!#)|srcset|\bon[a-z]+=/i);
    expect(bare(html).replaceAll('xmlns="http://www.w3.org/2000/svg"', "")).not.toMatch(/https?:\/\//i);
    expect(html).not.toMatch(/ style="/);
  });

  it("lets its own script and style sheet act, and nothing else", async () => {
    const html = await render(page, [sampleResult(SAMPLES.text)]);
    const digest = (tag: string) => {
      const found = [...html.matchAll(new RegExp(`<${tag}>(.*?)</${tag}>`, "gs"))];
      expect(found).toHaveLength(1);
      return createHash("sha256")
        .update(found[0]?.[1] ?? "")
        .digest("base64");
    };
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1];
    expect(policy).toBe(
      `default-src 'none'; script-src 'sha256-${digest("script")}'; style-src 'sha256-${digest("style")}'; ` +
        "img-src data:; media-src data:; base-uri 'none'; form-action 'none'",
    );
  });

  it("colours by size, marks by sign, and ranks by raw values", async () => {
    const html = await render(page, [sampleResult(SAMPLES.text)]);
    expect(html).toContain('<span class="chip r24 up" data-player="4" title="on: +4.120">on</span>');
    expect(html).toContain('<span class="chip l8 down" data-player="5" title="the: -1.350">the</span>');
    expect(html).toContain('<span class="chip" data-player="0" title="could: +0.004">could</span>');
    expect([...html.matchAll(/<bdi>([^<]*)<\/bdi>/g)].map(([, text]) => text)).toEqual([
      "on",
      "kitchen",
      "light",
      "the",
      "turn",
      "you",
      "could",
      "please",
    ]);
  });

  it("a value whose interval holds 0 has neither its colour nor its mark, and one without an error is outlined", async () => {
    const sample = SAMPLES.turns;
    const sure = await render(page, [sampleResult(sample)]);
    // The sample's intervals are ± 0.2: of "lamp" (1.9) the sign is known, of "the" (0.15) it is not.
    expect(sure).toMatch(/class="chip r24 up"[^>]*title="lamp, turn 3: \+1\.900 \[\+1\.700, \+2\.100\]"/);
    expect(sure).toMatch(/class="chip unsure raise"[^>]*title="the, turn 3: \+0\.150 \[-0\.050, \+0\.350\]: its sign is not known"/);
    expect(sure).toContain("its 95 % interval holds 0");
    const result = sampleResult(sample);
    const unknown = { ...result, players: result.players.map((player) => ({ ...player, std_error: null, interval: null })) };
    const html = await render(page, [unknown]);
    expect(html).toMatch(/class="chip r24 up unknown"[^>]*title="lamp, turn 3: \+1\.900, no error known"/);
    expect(html).not.toMatch(/class="chip unsure(?: raise| lower)?"[^>]*data-player/);
  });

  it("bars of such values are striped, and whiskers stand only where something was drawn by chance", async () => {
    const whiskers = (html: string) => [...html.matchAll(/data-mark="tick"/g)].length;
    const sampled = await render(page, [sampleResult(SAMPLES.turns)]);
    expect(whiskers(sampled)).toBe(2);
    expect(sampled).toMatch(/<rect data-player="\d+"[^>]*fill="url\(#hatch-r\d+\)"/);
    const exact = await render(page, [sampleResult(SAMPLES.text)]);
    expect(exact).not.toMatch(/<rect[^>]*fill="url\(#hatch/);
    expect(exact).not.toContain("whiskers");
  });

  it("plays what the result holds, and says where it holds nothing", async () => {
    const silent = await render(page, [sampleResult(SAMPLES.audio)]);
    expect(silent).toContain("The result holds no sound");
    expect(silent).not.toContain("<audio");
    const html = await render(page, [soundResult()]);
    expect(html).toMatch(/<audio controls="" preload="metadata" data-sound="0" src="data:audio\/wav;base64,UklGR/);
    expect(html).toMatch(
      /<button class="chip [^"]*play" data-player="1"[^>]*data-clip="0" data-start="0.25" data-end="0.5">light<\/button>/,
    );
    expect(html).toMatch(/<image [^>]*href="data:image\/png;base64,/);
    expect(html).toContain('class="coalition"');
    // 0.75 s of sound at 16 kHz in 16 bits.
    const wave = /data:audio\/wav;base64,([^"]*)"/.exec(html)?.[1] ?? "";
    expect(Buffer.from(wave, "base64")).toHaveLength(44 + 0.75 * 16_000 * 2);
  });

  it("tells of left-out sound what the mask itself says, and plays it so", async () => {
    for (const mask of audioMasks) {
      const result = soundResult();
      const { resolved } = result.spec;
      const explain = { ...(resolved.explain as object), audio_masking: mask.name };
      const masked = { ...result, spec: { ...result.spec, resolved: { ...resolved, explain } } };
      const { cut, says } = maskingOf({ result: masked });
      expect(says).toContain(mask.summary);
      expect(says.includes("played as silence")).toBe(!cut);
      expect(await render(page, [masked])).toContain(escapeHtml(says));
    }
    expect(audioMasks.filter(({ name }) => name.startsWith("drop")).every(({ keepsTurn }) => !keepsTurn)).toBe(true);
  });

  it("draws interactions of known sign, and says where there are none", async () => {
    const result = sampleResult(SAMPLES.text);
    expect(await render(page, [result])).not.toContain('class="interactions"');
    const interactions = { exact: false, pairs: [{ players: [4, 6] as const, value: 0.5 }], main: result.players.map(() => 0) };
    const html = await render(page, [{ ...result, interactions }]);
    expect(html).not.toContain('data-hint="on × kitchen');
    expect(html).toContain("no pair is shown, as none has a known error: this result has none");
    const pairs = [
      { players: [4, 6] as const, value: 0.5, interval: [0.4, 0.6] as const },
      { players: [3, 7] as const, value: 0.3, interval: [-0.1, 0.7] as const },
    ];
    const measured = await render(page, [{ ...result, interactions: { ...interactions, pairs } }]);
    expect(measured).toContain('data-hint="on × kitchen: +0.5000 [+0.4000, +0.6000]"');
    expect(measured).toContain("1 of 2 pairs have an interval without 0");
    expect(measured).not.toContain("turn × light");
  });

  it("has an index where there are several results", async () => {
    const [first, second] = [sampleResult(SAMPLES.text), sampleResult(SAMPLES.turns)];
    const html = await render(page, [first, second]);
    expect(html).toContain('<a href="#r1">chats/demo.yaml</a>');
    expect(html).toContain('<h1 id="r1">');
    expect(await render(page, [first])).not.toContain("<nav");
  });

  it("takes no text for markup", async () => {
    const expected = tags(await render(page, [resultOf("plain")]));
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string({ minLength: 1 }),
          fc.constantFrom(
            "</p><script>alert(1)</script>",
            '" onclick="x',
            "<!--",
            "&lt;b&gt;",
            "'",
            "\u202e<b>",
            "</text></svg><b>",
            "]]>",
          ),
        ),
        async (text) => {
          fc.pre(text.trim() !== "");
          const html = await render(page, [resultOf(text)]);
          // A chart leaves an empty label out; a text is one text or none.
          const kept = (all: string) => all.replaceAll(/ <\/?text/g, "");
          expect(kept(tags(html))).toBe(kept(expected));
          expect(html.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
        },
      ),
      { numRuns: 60, seed: 20 },
    );
  });

  it("reads when redacted", async () => {
    expect(await render(page, [redact(sampleResult(SAMPLES.turns))])).toContain(">▒</span>");
    expect(await render(page, [redact(soundResult())])).not.toContain("UklGR");
  });

  it("stays below 1 MB without sound, with a thousand players", async () => {
    const tokens = Array.from({ length: 1_000 }, (_, i) => word(` word${i}`, Math.sin(i)));
    const result = sampleResult({ errors: true, turns: [{ role: "user", entries: [{ tokens }] }] });
    expect((await render(page, [result])).length).toBeLessThan(1_000_000);
  });

  it("as a fragment is one sandboxed frame that holds the whole page", async () => {
    const result = sampleResult(SAMPLES.hostile);
    const fragment = await render(htmlFragment, [result]);
    expect(tags(fragment)).toBe("<iframe </iframe");
    const [, inside = ""] = /srcdoc="([^"]*)"/.exec(fragment) ?? [];
    const back = inside.replace(
      /&(lt|gt|quot|#39|amp);/g,
      (_, name) => ({ lt: "<", gt: ">", quot: '"', "#39": "'", amp: "&" })[name as "lt"] ?? "",
    );
    expect(back).toBe(await render(page, [result]));
    expect(fragment).toContain('sandbox="allow-scripts"');
  });
});
