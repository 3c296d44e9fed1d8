// The pictures of reports in docs/images: what is explained, what is shown of its page, and how far two pictures of one name may be apart.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import pixelmatch from "pixelmatch";
import { chromium } from "playwright-core";
import { PNG } from "pngjs";

const root = fileURLToPath(new URL("../..", import.meta.url));

export const BROWSER = process.env.MLLM_SHAP_BROWSER ?? ["/usr/bin/chromium", "/usr/bin/google-chrome"].find((path) => existsSync(path));

/** Commands that make the pages, in a folder with configs/ in it. */
const COMMANDS = [
  ["explain", "configs/demo-audio-words.yaml", "-o", "speech.html", "-o", "speech.json", "--audio-content", "base64", "-q"],
  ["explain", "configs/sampler-permutation.yaml", "-o", "text.html", "-o", "a.json", "-q"],
  ["explain", "configs/sampler-permutation.yaml", "--sampler", "kernel", "--budget", "200", "-o", "b.json", "-q"],
  ["explain", "configs/demo-two-turns.yaml", "--sampler", "exact", "--interactions", "-o", "turns.html", "-q"],
  ["show", "a.json", "b.json", "-o", "compared.html"],
  ["show", "speech.json", "-o", "figure.svg", "--figure-width", "onehalf"],
];

const WIDE = { width: 900, height: 900 };
/** What is shown of each page: a card of it, else from the top, as high as the viewport. */
const SHOTS = [
  { name: "text", page: "text.html", viewport: { ...WIDE, height: 860 } },
  { name: "speech", page: "speech.html", viewport: { ...WIDE, height: 940 } },
  { name: "words", page: "speech.html", viewport: WIDE, section: "section.outputs" },
  { name: "interactions", page: "turns.html", viewport: WIDE, colorScheme: "dark", section: "section.interactions" },
  { name: "compared", page: "compared.html", viewport: { ...WIDE, height: 980 } },
  { name: "phone", page: "speech.html", viewport: { width: 390, height: 844 } },
];

/** Pages take the reader's face; pictures take the one that comes with the package, so that they are the same on every machine. */
const face = readFileSync(join(root, "assets/fonts/SourceSans3-Regular.woff2")).toString("base64");
const FACE = `@font-face { font-family: pictured; src: url(data:font/woff2;base64,${face}); } body, body * { font-family: pictured, sans-serif !important; }`;

/** Makes the pages and gives their pictures, and the figure, by file name. @param css what is added to each page, to see that it is noticed */
export async function pictures(css = "") {
  const folder = mkdtempSync(join(tmpdir(), "screenshots-"));
  const browser = await chromium.launch({ executablePath: BROWSER, args: ["--no-sandbox", "--font-render-hinting=none"] });
  try {
    cpSync(join(root, "configs"), join(folder, "configs"), { recursive: true });
    for (const args of COMMANDS) {
      execFileSync(process.execPath, [join(root, "bin/mllm-shap.js"), ...args], { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
    }
    const made = new Map([["figure.svg", readFileSync(join(folder, "figure.svg"))]]);
    for (const shot of SHOTS) made.set(`${shot.name}.png`, await picture(browser, folder, shot, css));
    return made;
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function picture(browser, folder, { page: from, viewport, colorScheme = "light", section }, css) {
  const page = await browser.newPage({ viewport, colorScheme, bypassCSP: true });
  await page.goto(pathToFileURL(join(folder, from)).href);
  await page.addStyleTag({ content: `${FACE} ${css}` });
  await page.evaluate(() => document.fonts.ready);
  const shown = section === undefined ? page : page.locator(section);
  const png = PNG.sync.read(await shown.screenshot());
  await page.close();
  return small(png);
}

/** A picture without the last two bits of its colours, which no eye sees and which do not compress. */
function small(png) {
  png.data = png.data.map((level) => (level & 0xfc) | (level >> 6));
  return PNG.sync.write(png, { deflateLevel: 9, deflateStrategy: 0, filterType: 0, colorType: 2 });
}

/** The share of pixels that differ by more than a tenth of the range of colours, smoothed edges left out; 1 where the sizes differ. */
export function difference(a, b) {
  const [one, other] = [PNG.sync.read(a), PNG.sync.read(b)];
  if (one.width !== other.width || one.height !== other.height) return 1;
  return pixelmatch(one.data, other.data, null, one.width, one.height, { threshold: 0.1 }) / (one.width * one.height);
}
