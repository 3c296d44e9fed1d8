import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { redact } from "../../../src/results/redact.js";
import { html as page } from "../../../src/views/result/html.js";
import { rendered } from "../../support/render.js";
import { SAMPLE_NAMES, SAMPLES, sampleResult, word } from "../../support/samples.js";

/** Names of the tags in order, closing ones with their slash. */
const tags = (html: string) => (html.match(/<\/?[a-z0-9!]+/gi) ?? []).join(" ");

function pageOf(text: string): string {
  const turns = [{ role: "user" as const, entries: [{ tokens: [word("a", 1), word(text, -2)] }] }];
  const result = sampleResult({ turns, answer: text, parts: { warnings: [`warned of ${text}`] } });
  return rendered(page, [{ ...result, spec: { ...result.spec, path: text } }]);
}

describe("HTML view", () => {
  it.each(SAMPLE_NAMES)("of the %s sample closes every tag and fetches nothing", (name) => {
    const html = rendered(page, [sampleResult(SAMPLES[name])]);
    const open: string[] = [];
    for (const tag of html.match(/<\/?[a-z0-9]+/gi) ?? []) {
      if (tag === "<meta") continue;
      if (tag.startsWith("</")) expect(open.pop()).toBe(tag.slice(2));
      else open.push(tag.slice(1));
    }
    expect(open).toEqual([]);
    expect(html).not.toMatch(/<script|<link|<img|@import|url\(|https?:/i);
    expect(html).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
  });

  it("shades, marks and ranks by raw values", () => {
    const html = rendered(page, [sampleResult(SAMPLES.text)]);
    expect(html).toContain(
      '<span title="on: +4.120" class="heat" style="background:rgb(214,62,12)">on</span><span class="raises">⁺⁺⁺</span>',
    );
    expect(html).toContain('<span class="lowers">⁻</span>');
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

  it("takes no text for markup", () => {
    const expected = tags(pageOf("plain"));
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ minLength: 1 }),
          fc.constantFrom("</p><script>alert(1)</script>", '" onclick="x', "<!--", "&lt;b&gt;", "'", "\u202e<b>"),
        ),
        (text) => {
          fc.pre(text.trim() !== "");
          const html = pageOf(text);
          expect(tags(html)).toBe(expected);
          expect(html.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
        },
      ),
      { numRuns: 300, seed: 20 },
    );
  });

  it("reads when redacted", () => {
    expect(rendered(page, [redact(sampleResult(SAMPLES.turns))])).toContain(">▒</span>");
  });
});
