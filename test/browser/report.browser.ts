import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compareResults } from "../../src/results/comparison.js";
import { toFragment } from "../../src/views/html/fragment.js";
import { toHtml } from "../../src/views/html/report.js";
import { toPairPage } from "../../src/views/pair/page.js";
import { SAMPLES, sampleResult } from "../support/samples.js";
import { soundResult } from "../support/sound.js";
import { BROWSER } from "./browser.js";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What was told to sound: the samples of the buffer, and the stretch of it in seconds. */
interface Played {
  readonly samples: readonly number[];
  readonly rate: number;
  readonly start: number | null;
  readonly length: number | null;
  /** Words that were marked meanwhile. */
  readonly marked: number;
}

const title = BROWSER === null ? "the page (no Chromium here: install one, or name it with MLLM_SHAP_BROWSER)" : "the page in a browser";

describe.skipIf(BROWSER === null)(title, () => {
  let browser: Browser;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "page-test-"));
    browser = await chromium.launch({
      executablePath: BROWSER ?? "",
      args: ["--no-sandbox", "--autoplay-policy=no-user-gesture-required"],
    });
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const interactive = () => {
    const result = soundResult();
    const pairs = [
      { players: [0, 1] as const, value: 0.5 },
      { players: [1, 2] as const, value: -0.4 },
    ];
    return { ...result, interactions: { exact: false, pairs, main: result.players.map(() => 0) } };
  };
  const turns = () => sampleResult(SAMPLES.turns);
  const pair = () => {
    const [a, b] = [turns(), { ...turns(), explainer: { ...turns().explainer, sampler: "kernel" } }];
    return toPairPage({ a, b, report: compareResults({ file: "a.json", result: a }, { file: "b.json", result: b }, "1.2.3") });
  };

  /** Opens a page from disk; whatever it logs, throws or asks for is kept. */
  async function open(html: string, options: Parameters<Browser["newPage"]>[0] = {}): Promise<{ page: Page; said: string[] }> {
    const file = join(folder, `${Math.random()}.html`);
    writeFileSync(file, html);
    const page = await browser.newPage(options);
    const said: string[] = [];
    page.on("console", (message) => said.push(`${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => said.push(`error: ${error.message}`));
    page.on("request", (request) => {
      if (!/^(file|data):/.test(request.url())) said.push(`request: ${request.url()}`);
    });
    await page.addInitScript(() => {
      const played: Played[] = [];
      Object.assign(globalThis, { played });
      const before = AudioBufferSourceNode.prototype.start;
      AudioBufferSourceNode.prototype.start = function start(this: AudioBufferSourceNode, when = 0, from?: number, length?: number) {
        if (this.buffer !== null) {
          played.push({
            samples: [...this.buffer.getChannelData(0)],
            rate: this.buffer.sampleRate,
            start: from ?? null,
            length: length ?? null,
            marked: document.querySelectorAll(".chip.playing").length,
          });
        }
        return from === undefined ? before.call(this, when) : before.call(this, when, from, length);
      };
    });
    await page.goto(pathToFileURL(file).href);
    return { page, said };
  }

  const lastPlayed = async (page: Page, count: number): Promise<Played> => {
    await page.waitForFunction((n) => (globalThis as unknown as { played: Played[] }).played.length >= n, count);
    return await page.evaluate(() => (globalThis as unknown as { played: Played[] }).played.at(-1) as Played);
  };
  const loudness = ({ samples, rate }: Played, from: number, to: number): number =>
    samples.slice(Math.round(from * rate), Math.round(to * rate)).reduce((most, x) => Math.max(most, Math.abs(x)), 0);

  it("plays the stretch that is clicked, in the picture and in the text, and by the keyboard", async () => {
    const { page, said } = await open(toHtml([interactive()]));
    await page.click('svg rect.play[data-start="0.25"]');
    expect(await lastPlayed(page, 1)).toMatchObject({ start: 0.25, length: 0.25, marked: 1 });
    await page.click('button.chip.play[data-start="0.5"]');
    expect(await lastPlayed(page, 2)).toMatchObject({ start: 0.5, length: 0.25 });
    await page.focus('svg rect.play[data-start="0"]');
    await page.keyboard.press("Enter");
    expect(await lastPlayed(page, 3)).toMatchObject({ start: 0, length: 0.25 });
    expect(said).toEqual([]);
    await page.close();
  });

  it("plays the clip as a coalition hears it", async () => {
    const { page, said } = await open(toHtml([interactive()]));
    await page.click('.coalition .keep[data-player="1"]');
    await page.click('.coalition [data-act="hear"]');
    const masked = await lastPlayed(page, 1);
    expect(loudness(masked, 0.02, 0.23)).toBeGreaterThan(0.4);
    expect(loudness(masked, 0.27, 0.48)).toBe(0);
    expect(loudness(masked, 0.52, 0.73)).toBeGreaterThan(0.4);
    // Of the three segments, worth +0.12, +1.31 and −0.4, the last lowers.
    await page.click('.coalition [data-act="raises"]');
    const raising = await lastPlayed(page, 2);
    expect(loudness(raising, 0.27, 0.48)).toBeGreaterThan(0.4);
    expect(loudness(raising, 0.52, 0.73)).toBe(0);
    expect(said).toEqual([]);
    await page.close();
  });

  it("shows what a player is worth where it is pointed at, and lights it everywhere", async () => {
    const { page, said } = await open(toHtml([turns()]));
    await page.hover('.said .chip[data-player="5"]');
    await expect.poll(() => page.locator(".tip").textContent()).toMatch(/^and, turn 3: \+0\.050/);
    expect(await page.locator(".tip").isVisible()).toBe(true);
    expect(await page.locator("svg .lit").count()).toBeGreaterThanOrEqual(2);
    expect(said).toEqual([]);
    await page.close();
  });

  it("lets no script but its own act", async () => {
    const { page } = await open(toHtml([turns()]));
    const ran = await page.evaluate(async () => {
      const script = document.createElement("script");
      script.textContent = "globalThis.foreign = true";
      document.body.append(script);
      document.body.insertAdjacentHTML("beforeend", '<img src="x:" onerror="globalThis.foreign = true"><p style="position: fixed">x</p>');
      await new Promise((resolve) => setTimeout(resolve, 100));
      const styled = getComputedStyle(document.body.querySelector("p:last-of-type") as Element).position;
      return { foreign: "foreign" in globalThis, styled };
    });
    expect(ran).toEqual({ foreign: false, styled: "static" });
    await page.close();
  });

  const looks = {
    light: { viewport: { width: 1100, height: 900 }, colorScheme: "light" },
    dark: { viewport: { width: 1100, height: 900 }, colorScheme: "dark" },
    phone: { viewport: { width: 390, height: 800 }, colorScheme: "light", isMobile: true, hasTouch: true },
  } as const;
  const pages = {
    sound: () => toHtml([interactive()]),
    text: () => toHtml([turns()]),
    several: () => toHtml([turns(), sampleResult(SAMPLES.hostile), sampleResult(SAMPLES.audio)]),
    pair,
  } as const;

  for (const [look, options] of Object.entries(looks)) {
    for (const [name, make] of Object.entries(pages)) {
      it(`${name}, ${look}: fits, is accessible, says nothing`, async () => {
        const { page, said } = await open(make(), options);
        const widths = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
        expect(widths[0]).toBeLessThanOrEqual(widths[1] ?? 0);
        await page.evaluate(AXE);
        const grave = await page.evaluate(async () => {
          const { axe } = globalThis as unknown as { axe: typeof import("axe-core") };
          const { violations } = await axe.run();
          return violations
            .filter(({ impact }) => impact === "serious" || impact === "critical")
            .map(
              ({ id, nodes }) =>
                `${id}: ${nodes
                  .map(({ html, failureSummary }) => `${html} ${failureSummary}`)
                  .slice(0, 2)
                  .join(" | ")}`,
            );
        });
        expect(grave).toEqual([]);
        expect(said).toEqual([]);
        await page.close();
      });
    }
  }

  it("prints in light colours without what only a screen can do", async () => {
    const { page } = await open(toHtml([interactive()]), { colorScheme: "dark" });
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    const paper = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    expect(paper).toBe("rgb(255, 255, 255)");
    for (const gone of ["audio", ".coalition", ".theme"]) expect(await page.locator(gone).first().isVisible()).toBe(false);
    expect((await page.pdf()).length).toBeGreaterThan(10_000);
    await page.close();
  });

  it("prints stripes without images of whole sheets", async () => {
    const striped = turns();
    const players = striped.players.map((player) => ({ ...player, std_error: 1, interval: [player.value - 2, player.value + 2] as const }));
    const { page } = await open(toHtml([{ ...striped, players }]));
    expect(await page.locator(".said .unsure").count()).toBeGreaterThan(3);
    expect((await page.pdf()).length).toBeLessThan(600_000);
    await page.close();
  });

  it("turns dark and back by its button", async () => {
    const { page } = await open(toHtml([turns()]), { colorScheme: "light" });
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await ground();
    await page.click(".theme");
    const dark = await ground();
    expect(dark).not.toBe(light);
    await page.click(".theme");
    expect(await ground()).toBe(light);
    await page.close();
  });

  it("in another page touches nothing of it, and works", async () => {
    const host = `<!doctype html><html lang="en"><head><title>t</title></head><body><table><tr><th>a</th></tr></table>${toFragment(toHtml([turns()]))}</body></html>`;
    const { page, said } = await open(host);
    const style = () => page.evaluate(() => ["body", "th"].map((tag) => getComputedStyle(document.querySelector(tag) as Element).cssText));
    const within = await style();
    await page.evaluate(() => document.querySelector("iframe")?.remove());
    expect(await style()).toEqual(within);
    const { page: again } = await open(host);
    const frame = again.frameLocator("iframe");
    await frame.locator('.said .chip[data-player="5"]').hover();
    await expect.poll(() => frame.locator(".tip").textContent()).toMatch(/^and, turn 3/);
    expect(said).toEqual([]);
    await Promise.all([page.close(), again.close()]);
  });
});
