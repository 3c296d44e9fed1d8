// Keeps the outputs shown in README.md and docs/ true: writes them anew, or with --check only tells whether they are.
//   npm run build && node scripts/doc-examples.mjs [--check]
import { execFile, execFileSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

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

const NUMBER = /\d+\.\d+(?:e[-+]\d+)?/g;

/** Processors differ in the last digits of a sum of floats, and so in the last one that is shown. */
function same(shown, told) {
  const [numbers, others] = [shown.match(NUMBER) ?? [], told.match(NUMBER) ?? []];
  const last = (number) => 10 ** -number.replace(/^\d+\.|e.*$/g, "").length * 10 ** Number(/e(.*)$/.exec(number)?.[1] ?? 0);
  const near = numbers.every((number, i) => Math.abs(number - others[i]) <= 1.01 * last(number) + 1e-4 * Math.abs(number));
  return shown.replace(NUMBER, "#") === told.replace(NUMBER, "#") && near;
}

const check = process.argv.includes("--check");
let stale = 0;

/** A page with `text` between two places of it: told where that is not what is shown, and written unless only checked. */
function put(file, page, from, to, text) {
  if (same(page.slice(from, to), text)) return page;
  stale += 1;
  console.error(`${file}: the block after line ${page.slice(0, from).split("\n").length - 1} is not what the tool prints`);
  return page.slice(0, from) + text + page.slice(to);
}

function write(file, page, made) {
  if (!check && made !== page) writeFileSync(join(root, file), made);
}

for (const { file, begins, text } of BLOCKS) {
  const page = readFileSync(join(root, file), "utf8");
  const start = page.indexOf(begins);
  if (start < 0) throw new Error(`${file} has no block that begins with ${JSON.stringify(begins)}`);
  const from = page.indexOf("\n", start) + 1;
  write(file, page, put(file, page, from, page.indexOf("\n```", from), text));
}

/**
 * Runs the `sh` blocks of a tutorial, one after the other, in an empty folder with configs/ in it. A `text` block behind one is what it prints on
 * standard output. A command that fails ends this script.
 */
async function runTutorial(file) {
  const folder = mkdtempSync(join(tmpdir(), "mllm-shap-tutorial-"));
  try {
    cpSync(join(root, "configs"), join(folder, "configs"), { recursive: true });
    mkdirSync(join(folder, ".bin"));
    const program = join(folder, ".bin/mllm-shap");
    writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" "${join(root, "bin/mllm-shap.js")}" "$@"\n`);
    chmodSync(program, 0o755);
    const env = {
      ...process.env,
      COLUMNS: "80",
      NO_COLOR: "1",
      MLLM_SHAP_CACHE: join(folder, ".cache"),
      PATH: `${join(folder, ".bin")}:${process.env.PATH}`,
    };
    const page = readFileSync(join(root, file), "utf8");
    let made = page;
    let at = 0;
    for (;;) {
      const [block, script] = /^```sh\n([\s\S]*?)^```\n/m.exec(made.slice(at)) ?? [];
      if (block === undefined) break;
      at = made.indexOf(block, at) + block.length;
      const { stdout } = await promisify(execFile)("sh", ["-euc", script], { cwd: folder, env });
      const [opening] = /^\n```text\n/.exec(made.slice(at)) ?? [];
      if (opening === undefined) continue;
      const from = at + opening.length;
      const to = made.indexOf("```\n", from);
      made = put(file, made, from, to, `${stdout.replace(/ +$/gm, "").replace(/^\n+|\n+$/g, "")}\n`);
      at = made.indexOf("```\n", from);
    }
    write(file, page, made);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await Promise.all(readdirSync(join(root, "docs/tutorials")).map((name) => runTutorial(`docs/tutorials/${name}`)));
if (check && stale > 0) process.exit(1);
