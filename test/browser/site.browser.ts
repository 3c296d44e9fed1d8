import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BROWSER } from "./browser.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const KINDS: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};

/** Serves files of a folder, and nothing where there is none. */
function serve(folder: string): Promise<Server> {
  const server = createServer(({ url = "/" }, response) => {
    const path = join(folder, decodeURIComponent(url.split("?")[0] ?? "").replace(/\/$/, "/index.html"));
    if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) response.writeHead(404).end();
    else response.writeHead(200, { "content-type": KINDS[extname(path)] ?? "application/octet-stream" }).end(readFileSync(path));
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

describe.skipIf(BROWSER === null)("the site of the docs in a browser", () => {
  let browser: Browser;
  let server: Server;
  const site = mkdtempSync(join(tmpdir(), "site-test-"));

  beforeAll(async () => {
    execFileSync(process.execPath, [join(root, "node_modules/vitepress/bin/vitepress.js"), "build", "scripts/site", "--outDir", site], {
      cwd: root,
      stdio: "pipe",
    });
    server = await serve(site);
    browser = await chromium.launch({ executablePath: BROWSER ?? "", args: ["--no-sandbox"] });
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
    rmSync(site, { recursive: true, force: true });
  });

  it("finds a word by its own index, goes there, and asks nobody else", async () => {
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const page = await browser.newPage();
    const said: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) said.push(message.text());
    });
    page.on("response", (response) => {
      if (response.status() >= 400 && !response.url().endsWith("/favicon.ico")) said.push(`${response.status()}: ${response.url()}`);
    });
    page.on("pageerror", (error) => said.push(error.message));
    page.on("request", (request) => {
      if (!request.url().startsWith(origin) && !request.url().startsWith("data:")) said.push(request.url());
    });
    await page.goto(`${origin}/`);
    await page.waitForLoadState("networkidle");
    await page.click("#local-search button");
    await page.fill("#localsearch-input", "entailment");
    await page.locator(".result", { hasText: "What a coalition is worth" }).first().click();
    await expect.poll(() => page.url()).toMatch(/\/docs\/payoffs\.html/);
    expect(await page.locator(".VPSidebar a").count()).toBeGreaterThan(20);
    expect(said).toEqual([]);
    await page.goto(`${origin}/docs/batch.html`);
    const job = await page.locator('a[href$="slurm.sbatch"]').evaluate((link: HTMLAnchorElement) => link.href);
    expect(await (await fetch(job)).text()).toContain("#SBATCH");
    await page.close();
  });
});
