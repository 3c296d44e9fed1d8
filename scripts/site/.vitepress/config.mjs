// The site of README.md and docs/: the same files that a repository's pages and the package show, with their links as they are.
//   npm run docs:build, npm run docs:preview
import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, posix, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitepress";
import { slugOf } from "../slug.mjs";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const PAGES_OUTSIDE = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"];
const INDEX = "docs/README.md";

const pages = [
  ...PAGES_OUTSIDE,
  ...readdirSync(join(root, "docs"), { recursive: true })
    .filter((path) => path.endsWith(".md"))
    .map((path) => posix.join("docs", path.replaceAll("\\", "/"))),
];

/** The groups of docs/README.md with their links, in its order: [{ text, items: [{ text, link }] }]. */
function sidebar() {
  const groups = [];
  for (const line of readFileSync(join(root, INDEX), "utf8").split("\n")) {
    const [, heading] = /^## (.+)/.exec(line) ?? [];
    const [, text, target] = /^- \[([^\]]+)\]\(([^)]+)\)/.exec(line) ?? [];
    if (heading !== undefined) groups.push({ text: heading, items: [] });
    if (target !== undefined) groups.at(-1).items.push({ text, link: `/${posix.join("docs", target)}` });
  }
  const listed = new Set(groups.flatMap(({ items }) => items.map(({ link }) => link.slice(1))));
  const lacking = pages.filter((page) => page !== INDEX && page !== "README.md" && !listed.has(posix.normalize(page)));
  if (lacking.length > 0) throw new Error(`${INDEX} does not list ${lacking.join(", ")}`);
  return groups;
}

/** Files of the repository that pages link to without being pages: they are copied beside them. */
const linked = new Set();

/** The file of the repository that a link of `page` leads to; fails where there is none, as VitePress does for pages. */
function fileOf(href, page) {
  const file = posix.normalize(posix.join(posix.dirname(page), decodeURI(href)));
  if (!statSync(join(root, file), { throwIfNoEntry: false })?.isFile()) throw new Error(`${page}: a link to ${file}, which is no file`);
  return file;
}

/** Links as the repository has them: README.md is the home page, and what is no page is copied and opened past VitePress's router. */
function linksOfTheRepository(markdown) {
  const render = markdown.renderer.rules.link_open;
  markdown.renderer.rules.link_open = (tokens, index, options, env, self) => {
    const token = tokens[index];
    const [href, anchor] = (token.attrGet("href") ?? "").split("#");
    if (href === "" || /^[a-z]+:/.test(href)) return render(tokens, index, options, env, self);
    const page = relative(root, env.realPath ?? env.path).replaceAll("\\", "/");
    const file = fileOf(href, page);
    if (pages.includes(file)) {
      const home = posix.relative(posix.dirname(page), "index.md");
      if (file === "README.md") token.attrSet("href", anchor === undefined ? home : `${home}#${anchor}`);
      return render(tokens, index, options, env, self);
    }
    linked.add(file);
    token.attrSet("target", "_self");
    return self.renderToken(tokens, index, options);
  };
}

/** Pages are templates of Vue to VitePress: braces that it would fill in are written as what they are. */
function bracesAsTheyAre(markdown) {
  for (const rule of ["text", "code_block", "code_inline"]) {
    const render = markdown.renderer.rules[rule];
    markdown.renderer.rules[rule] = (...args) => render(...args).replaceAll("{{", "&#123;&#123;");
  }
}

export default defineConfig({
  title: "mllm-shap",
  description: JSON.parse(readFileSync(join(root, "package.json"), "utf8")).description,
  srcDir: "../..",
  outDir: "../../dist-site",
  cacheDir: "../../node_modules/.cache/vitepress",
  srcExclude: readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== "docs")
    .map(({ name }) => `${name}/**`),
  rewrites: { "README.md": "index.md", [INDEX]: "docs/index.md" },
  markdown: {
    anchor: { slugify: slugOf },
    attrs: { disable: true },
    config(markdown) {
      linksOfTheRepository(markdown);
      bracesAsTheyAre(markdown);
    },
  },
  themeConfig: {
    nav: [{ text: "Documentation", link: "/docs/" }],
    sidebar: sidebar(),
    outline: [2, 3],
    search: { provider: "local" },
  },
  buildEnd({ outDir }) {
    for (const file of linked) {
      mkdirSync(dirname(join(outDir, file)), { recursive: true });
      copyFileSync(join(root, file), join(outDir, file));
    }
  },
});
