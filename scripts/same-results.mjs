// Do two builds of this tool say the same, byte for byte? Runs every example config with both, and what the other commands make of it.
//   node scripts/same-results.mjs OTHER_CHECKOUT [--only TEXT]       both checkouts built (npm ci && npm run build)
// Compared are stdout, stderr but for its progress lines, the exit code and every file that was written.
// Exit code 1 where anything differs that is not listed in DOCUMENTED; what is listed there is printed where it differs.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** Values of JSON documents that may differ between versions, by their path, and why; those with a step, in its output only. */
const DOCUMENTED = [
  { step: "schema", path: /./, why: "what specs may say grows; what is said of it too" },
  { path: /^spec\.resolved\.(model\.tokenizer|run\.concurrency)$/, why: "keys of models behind a server" },
  { path: /^tool\.version$/, why: "another version" },
  { path: /^runtime\.(node|onnxruntime)$/, why: "another runtime" },
];

const here = fileURLToPath(new URL("..", import.meta.url));
const [other, flag, only = ""] = process.argv.slice(2);
if (other === undefined || (flag !== undefined && flag !== "--only")) {
  console.error("usage: node scripts/same-results.mjs OTHER_CHECKOUT [--only TEXT]");
  process.exit(2);
}
const work = mkdtempSync(join(tmpdir(), "same-results-"));
const sides = [
  { name: "here", checkout: here },
  { name: "other", checkout: resolve(other) },
].map((side) => ({ ...side, out: join(work, side.name) }));
for (const { out } of sides) mkdirSync(out);

const ENDINGS = ["json", "jsonl", "csv", "txt", "html"];
const ALIGNMENT_ENDINGS = ["json", "csv", "TextGrid", "srt", "vtt", "txt", "svg"];
const CLIPS = { "kitchen-light": "could you please turn on the kitchen light", "bathroom-too": "and in the bathroom too" };

/** What is run on each side; `files` are written into the side's folder, where later steps find them. */
function steps() {
  const configs = readdirSync(join(here, "configs")).filter((name) => name.endsWith(".yaml"));
  const outputs = (stem, endings) => endings.map((ending) => `${stem}.${ending}`);
  const into = (files) => files.flatMap((file) => ["-o", `{out}/${file}`]);
  const explained = configs.flatMap((config) => {
    const name = config.slice(0, -".yaml".length);
    const results = outputs(name, ENDINGS);
    return [
      {
        name: `explain ${name}`,
        args: ["explain", `configs/${config}`, "--no-run", "--offline", "--set", "run.cache=false", ...into(results)],
        files: results,
      },
      { name: `inspect ${name}`, args: ["inspect", `configs/${config}`, "--no-cost", "--json", "--offline"] },
      {
        name: `evaluate ${name}`,
        needs: `${name}.json`,
        args: [
          "evaluate",
          `{out}/${name}.json`,
          "--no-run",
          "--no-cache",
          "--offline",
          "--rankings",
          "20",
          "--format",
          "json",
          "--folder",
          "configs",
        ],
      },
      {
        name: `compare ${name} with itself`,
        needs: `${name}.json`,
        args: ["compare", `{out}/${name}.json`, `{out}/${name}.json`, "--format", "json"],
      },
    ];
  });
  const aligned = Object.entries(CLIPS).flatMap(([clip, transcript]) =>
    ["pauses", "spectrogram", "none"].map((rule) => {
      const files = outputs(`${clip}-${rule}`, ALIGNMENT_ENDINGS);
      return {
        name: `align ${clip} by ${rule}`,
        args: ["align", `configs/audio/${clip}.wav`, "--transcript", transcript, "--rule", rule, ...into(files)],
        files,
      };
    }),
  );
  return [...explained, ...aligned, { name: "schema", args: ["schema"] }].filter(({ name }) => name.includes(only));
}

/** Every output of a step on one side, by name; stderr and the exit code are outputs too. */
function runOn({ checkout, out }, { args, files = [] }) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["bin/mllm-shap.js", ...args.map((arg) => arg.replace("{out}", out))], {
    cwd: checkout,
    encoding: "utf8",
    maxBuffer: 2 ** 28,
    env: { ...process.env, MLLM_SHAP_CACHE: join(out, "cache"), NO_COLOR: "1", COLUMNS: "100" },
  });
  const written = files.map((file) => [file.slice(file.lastIndexOf(".") + 1), readIfThere(join(out, file))]);
  // How far a run is, and how long it will still take, is told at moments that the machine's load decides.
  const told = stderr
    .split("\n")
    .filter((line) => !/^\S+: \d+ of \d+(, about .* left)?$/.test(line))
    .join("\n");
  const tidy = (text) => text.replaceAll(out, "{out}").replaceAll(resolve(checkout), "{checkout}");
  return Object.fromEntries([["exit code", String(status)], ["stdout", tidy(stdout)], ["stderr", tidy(told)], ...written]);
}

function readIfThere(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}

/** Every value in which two JSON documents differ: [path, here, other]. */
function differences(a, b, path = "") {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return Object.is(a, b) ? [] : [[path, a, b]];
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].flatMap((key) => differences(a[key], b[key], path === "" ? key : `${path}.${key}`));
}

/** What of one output differs, and whether it may. */
function judge(step, name, a, b) {
  if (a === b) return { documented: [], undocumented: [] };
  const [left, right] = [a, b].map(parsed);
  if (left === undefined || right === undefined) return { documented: [], undocumented: [`${name}: ${firstDifference(a, b)}`] };
  const found = differences(left, right).map(([path, x, y]) => ({
    line: `${name}: ${path}: ${brief(x)} here, ${brief(y)} there`,
    why: DOCUMENTED.find((row) => row.path.test(path) && (row.step ?? step) === step)?.why,
  }));
  if (found.length === 0) return { documented: [], undocumented: [`${name}: equal values, other bytes: ${firstDifference(a, b)}`] };
  return {
    documented: found.filter(({ why }) => why !== undefined).map(({ line, why }) => `${line} (${why})`),
    undocumented: found.filter(({ why }) => why === undefined).map(({ line }) => line),
  };
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function brief(value) {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}

function firstDifference(a, b) {
  if (a === null || b === null) return `there is none ${a === null ? "here" : "there"}`;
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  const around = (text) => JSON.stringify(text.slice(Math.max(0, at - 30), at + 60));
  return `from character ${at} on, ${around(a)} here, ${around(b)} there`;
}

let [compared, failed, wrong] = [0, 0, 0];
for (const step of steps()) {
  if (step.needs !== undefined && sides.some(({ out }) => readIfThere(join(out, step.needs)) === null)) {
    console.log(`not run    ${step.name}: there is no ${step.needs}`);
    continue;
  }
  const [a, b] = sides.map((side) => runOn(side, step));
  const judged = Object.keys(a).map((name) => judge(step.name, name, a[name], b[name]));
  const documented = judged.flatMap((one) => one.documented);
  const undocumented = judged.flatMap((one) => one.undocumented);
  compared += Object.values(a).filter((text) => text !== null).length;
  if (undocumented.length > 0) wrong += 1;
  const ended = a["exit code"] === "0" ? "" : `, exit code ${a["exit code"]}: ${a.stderr.trim().split("\n")[0]}`;
  if (ended !== "") failed += 1;
  const word = undocumented.length > 0 ? "DIFFERENT" : documented.length > 0 ? "documented" : "same";
  console.log(`${word.padEnd(10)} ${step.name}${ended}`);
  for (const line of [...undocumented, ...documented]) console.log(`             ${line}`);
}
rmSync(work, { recursive: true, force: true });
console.log(
  `${compared} outputs compared, ${wrong} steps with undocumented differences; ${failed} steps fail alike on both sides, as said above`,
);
process.exitCode = wrong === 0 ? 0 : 1;
