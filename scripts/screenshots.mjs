// Makes the pictures of docs/report.md with the built package and a Chromium (development only):
//   npm run build && node scripts/screenshots.mjs
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const root = fileURLToPath(new URL("..", import.meta.url));
const images = join(root, "docs/images");
const folder = mkdtempSync(join(tmpdir(), "screenshots-"));
const executablePath = process.env.MLLM_SHAP_BROWSER ?? ["/usr/bin/chromium", "/usr/bin/google-chrome"].find((path) => existsSync(path));

const tool = (...args) =>
  execFileSync(
    process.execPath,
    [join(root, "bin/mllm-shap.js"), ...args, "-q"].filter((arg) => arg !== "-q" || args[0] === "explain"),
    {
      cwd: root,
      stdio: ["ignore", "ignore", "inherit"],
    },
  );
const file = (name) => join(folder, name);

const WIDE = { width: 1000, height: 1000 };
/** What is shown of each page: from the top, as high as said. */
const SHOTS = [
  { name: "speech", page: "speech.html", viewport: { ...WIDE, height: 1010 } },
  { name: "text-intervals", page: "intervals.html", viewport: { ...WIDE, height: 1000 } },
  { name: "interactions-dark", page: "turns.html", colorScheme: "dark", viewport: { ...WIDE, height: 760 }, section: ".interactions" },
  { name: "compared", page: "compared.html", viewport: { ...WIDE, height: 1060 } },
  { name: "phone", page: "speech.html", viewport: { width: 390, height: 844 } },
];

try {
  tool("explain", "configs/demo-audio-words.yaml", "-o", file("speech.html"), "-o", file("speech.json"), "--audio-content", "base64");
  tool("explain", "configs/sampler-permutation.yaml", "-o", file("intervals.html"), "-o", file("a.json"));
  tool("explain", "configs/sampler-permutation.yaml", "--sampler", "kernel", "--budget", "200", "-o", file("b.json"));
  tool("explain", "configs/demo-two-turns.yaml", "--sampler", "exact", "--interactions", "-o", file("turns.html"));
  tool("show", file("a.json"), file("b.json"), "-o", file("compared.html"));
  tool("show", file("speech.json"), "-o", file("figure.svg"), "--figure-width", "onehalf");
  copyFileSync(file("figure.svg"), join(images, "figure.svg"));
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  for (const { name, page: from, viewport, colorScheme = "light", section } of SHOTS) {
    const page = await browser.newPage({ viewport, colorScheme });
    await page.goto(pathToFileURL(file(from)).href);
    const shot = section === undefined ? page : page.locator(section);
    await shot.screenshot({ path: join(images, `${name}.png`) });
    await page.close();
  }
  await browser.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
