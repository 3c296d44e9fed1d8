import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (path: string): string => readFileSync(path, "utf8");

/** Anchors of a page's headings, as GitHub makes them. */
function anchorsOf(page: string, slugOf: (text: string) => string): ReadonlySet<string> {
  const headings = [...prose(page).matchAll(/^#+ (.+)$/gm)].map(([, text]) =>
    slugOf((text ?? "").replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")),
  );
  return new Set(headings);
}

/** A page without its code, in which nothing is a link. */
const prose = (page: string): string =>
  page.replaceAll(/^```[\s\S]*?^```/gm, "").replaceAll(/`[^`]*`/g, (code) => code.replaceAll(/[[\]()]/g, ""));

const markdownIn = (folder: string): readonly string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".md"))
    .map((file) => posix.join(folder, file.replaceAll("\\", "/")));

describe("the links of README and docs", () => {
  const { files } = JSON.parse(read(join(root, "package.json"))) as { readonly files: readonly string[] };
  const pages = [...files.filter((file) => file.endsWith(".md")), ...markdownIn("docs")];

  it.each(pages)("%s: lead to files that the package holds, and to headings that are there", async (page) => {
    const { slugOf } = (await import("../scripts/site/slug.mjs")) as { slugOf(text: string): string };
    const dead: string[] = [];
    for (const [, target = ""] of prose(read(join(root, page))).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const [path = "", anchor] = target.split("#");
      const file = path === "" ? page : posix.normalize(posix.join(posix.dirname(page), path));
      const packed = files.some((one) => file === one || file.startsWith(`${one}/`));
      if (!packed || !existsSync(join(root, file))) dead.push(target);
      else if (anchor !== undefined && !anchorsOf(read(join(root, file)), slugOf).has(anchor)) dead.push(target);
    }
    expect(dead).toEqual([]);
  });
});

describe("npm run docs:build", () => {
  const site = mkdtempSync(join(tmpdir(), "mllm-shap-site-"));
  beforeAll(() => {
    const vitepress = join(root, "node_modules/vitepress/bin/vitepress.js");
    execFileSync(process.execPath, [vitepress, "build", "scripts/site", "--outDir", site], { cwd: root, stdio: "pipe" });
  }, 120_000);
  afterAll(() => rmSync(site, { recursive: true, force: true }));

  const files = () => readdirSync(site, { recursive: true, encoding: "utf8" }).map((file) => file.replaceAll("\\", "/"));

  it("makes a page of README and of every page of docs", () => {
    const expected = markdownIn("docs").map((page) => page.replace(/README\.md$/, "index.md").replace(/\.md$/, ".html"));
    expect(files()).toEqual(expect.arrayContaining(["index.html", ...expected]));
    expect(read(join(site, "docs/payoffs.html"))).toContain("What a coalition is worth");
  });

  it("copies the files that pages link to", () => {
    expect(read(join(site, "examples/batch/slurm.sbatch"))).toBe(read(join(root, "examples/batch/slurm.sbatch")));
    expect(read(join(site, "docs/batch.html"))).toMatch(/<a href="\/?(?:\.\.\/)?examples\/batch\/slurm\.sbatch" target="_self"/);
  });

  it("loads nothing from elsewhere", () => {
    const loaded = files()
      .filter((file) => file.endsWith(".html"))
      .flatMap((file) => [...read(join(site, file)).matchAll(/<(?:link|script|img|source|iframe)\b[^>]*?(?:src|href)="([^"]*)"/g)])
      .map(([, url = ""]) => url);
    expect(loaded.length).toBeGreaterThan(100);
    expect(loaded.filter((url) => !/^(\/[^/]|data:)/.test(url))).toEqual([]);
    const sheets = files().filter((file) => file.endsWith(".css"));
    for (const sheet of sheets) expect(read(join(site, sheet))).not.toMatch(/url\(["']?(?:https?:)?\/\/|@import/);
  });

  it("has an index of its own to search", () => {
    const [index = ""] = files().filter((file) => file.includes("localSearchIndexroot"));
    expect(read(join(site, index))).toContain("shapiq");
  });

  it("shows braces of the docs, which Vue would fill in", () => {
    expect(read(join(site, "docs/formats.html"))).toContain("{{");
  });
});
