import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir, totalmem } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/*
 * Time and peak memory of commands on a model of full size:
 *   node scripts/full-size/run.mjs FOLDER fp32|q4
 */

const [folder, dtype] = [resolve(process.argv[2]), process.argv[3]];
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const USAGE = fileURLToPath(new URL("./usage.mjs", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "full-size-"));

const model = { connector: "liquid-audio", repo: folder, dtype, device: "cpu" };
const typed = [{ role: "user", content: "turn on the kitchen light" }];
const spoken = [{ role: "user", content: [{ type: "audio", path: join(ROOT, "configs/audio/kitchen-light.wav") }] }];
const answer = { max_new_tokens: 8 };
const speak = { max_new_tokens: 16, history: "text_audio" };
const segments = { players: { audio: "segment", segment_seconds: 0.5 } };

const COMMANDS = {
  "`models check`": ["models", "check", folder, "--dtype", dtype],
  "`explain`, 5 typed words, likelihood": explain({ messages: typed, generation: answer }),
  "`explain`, 5 typed words, answers compared (tfidf)": explain({ messages: typed, generation: answer, explain: { payoff: "tfidf" } }),
  "`explain`, a clip of 2.5 s in 6 segments, likelihood": explain({ messages: spoken, generation: answer, explain: segments }),
  "`explain`, the same clip, spoken answer of 10 frames": explain({ messages: spoken, generation: speak, explain: segments }),
};

try {
  console.log(`${cpus().length} × ${cpus()[0].model}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB; ${dtype}\n`);
  console.log("| command | coalitions | seconds | of the processor | peak memory, GiB |\n|---|---:|---:|---:|---:|");
  for (const [name, args] of Object.entries(COMMANDS)) console.log(measure(name, args));
} finally {
  rmSync(scratch, { recursive: true });
}

function explain({ explain: how, ...rest }) {
  const path = join(scratch, `spec-${Math.random().toString(36).slice(2)}.json`);
  const explaining = { players: "word", ...how };
  writeFileSync(path, JSON.stringify({ version: 1, model, ...rest, explain: explaining, run: { cache: false } }));
  return ["explain", path, "--format", "json", "--allow-outside"];
}

function measure(name, args) {
  const file = join(scratch, "usage");
  const began = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--import", USAGE, join(ROOT, "bin/mllm-shap.js"), ...args], {
    encoding: "utf8",
    env: { ...process.env, USAGE_FILE: file },
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`${name}: exit ${status}\n${stderr}${stdout}`);
  const seconds = (performance.now() - began) / 1000;
  const { peakBytes, cpuSeconds } = JSON.parse(readFileSync(file, "utf8"));
  const coalitions = args[0] === "explain" ? JSON.parse(stdout).explainer.coalitions : "";
  return `| ${name} | ${coalitions} | ${seconds.toFixed(0)} | ${cpuSeconds.toFixed(0)} | ${(peakBytes / 2 ** 30).toFixed(1)} |`;
}
