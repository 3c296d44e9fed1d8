// Keeps the outputs shown in README.md and docs/ true: writes them anew, or with --check only tells whether they are.
//   npm run build && node scripts/doc-examples.mjs [--check]
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const run = (config, format) =>
  execFileSync(process.execPath, ["bin/mllm-shap.js", "explain", `configs/${config}.yaml`, "--format", format, "--no-cache", "--quiet"], {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, COLUMNS: "80", NO_COLOR: "1" },
  }).trimEnd();

const demo = run("demo", "text");
const json = run("demo", "json").split("\n");
const csv = run("demo", "csv").split("\r\n");
const line = (part) => json.find((one) => one.includes(part))?.replace(/,$/, "");

/** What stands in a fenced block, known by what its first lines begin with. */
const BLOCKS = [
  { file: "README.md", begins: "```\nanswer     turning", text: demo.slice(demo.indexOf("answer ")) },
  { file: "docs/words.md", begins: "```text\nwhat made each word", text: demo.slice(demo.indexOf("what made each word")) },
  { file: "docs/reading-results.md", begins: "```text\nconfigs/demo.yaml", text: demo },
  { file: "docs/reading-results.md", begins: "```text\nconfigs/sampler-permutation.yaml", text: run("sampler-permutation", "text") },
  {
    file: "docs/reading-results.md",
    begins: "```json\n…\n",
    text: ["…", `${line('"payoff": {"full"')},`, "…", line('"text": "kitchen"'), "…"].join("\n"),
  },
  { file: "docs/reading-results.md", begins: "```csv\nspec,", text: [...csv.slice(0, 2), ...csv.slice(5, 10)].join("\n") },
];

const NUMBER = /-?\d+\.\d{6,}(?:e[-+]\d+)?/g;

/** Processors differ in the last digits of a sum of floats. */
function same(shown, told) {
  const [numbers, others] = [shown.match(NUMBER) ?? [], told.match(NUMBER) ?? []];
  const near = numbers.every((number, i) => Math.abs(number - others[i]) <= 1e-6 + 1e-4 * Math.abs(number));
  return shown.replace(NUMBER, "#") === told.replace(NUMBER, "#") && near;
}

let stale = 0;
for (const { file, begins, text } of BLOCKS) {
  const page = readFileSync(`${root}/${file}`, "utf8");
  const start = page.indexOf(begins);
  if (start < 0) throw new Error(`${file} has no block that begins with ${JSON.stringify(begins)}`);
  const from = page.indexOf("\n", start) + 1;
  const to = page.indexOf("\n```", from);
  if (same(page.slice(from, to), text)) continue;
  stale += 1;
  console.error(`${file}: the block after line ${page.slice(0, start).split("\n").length} is not what the tool prints`);
  if (!process.argv.includes("--check")) writeFileSync(`${root}/${file}`, page.slice(0, from) + text + page.slice(to));
}
if (process.argv.includes("--check") && stale > 0) process.exit(1);
