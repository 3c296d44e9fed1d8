// Kills (kill -9) explanations of the embedded model at random moments and starts them again until they are done. The result must have
// the bytes of an uninterrupted run, and no more than one batch of answers may be lost to a kill.
//
//   node scripts/kill-test.mjs [KILLS=200] [SEED=1]      needs a build (npm run build); prints a summary, exit code 1 on a difference
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createRng, explain, FORMATS, MEMO_EDITION, openDiskMemo, render, requestOf } from "../dist/index.js";
import { countEntries, memoFiles } from "../dist/memo/files.js";

const BATCH = 32;
const PAYOFFS = ["likelihood", "tfidf"];
const TEXT = "could you please turn on the small lamp in my bedroom";

/** One run of `explain`: says on stdout how many coalitions are known as soon as they are, and at last the result. */
async function child(folder, payoff) {
  const spec = {
    model: { connector: "transformers-text", repo: "embedded:nano", device: "cpu" },
    messages: [{ role: "user", content: TEXT }],
    explain: { payoff, players: "word", sampler: "exact", budget: 2048 },
    run: { batch_size: BATCH, threads: 1 },
  };
  const memo = await openDiskMemo({ folder, edition: MEMO_EDITION });
  const onEvent = (event) => {
    if (event.kind === "progress" && event.label === "coalitions") writeSync(1, `${event.done}\n`);
  };
  const { run, ...result } = await explain(await requestOf(spec, tmpdir()), { memo, onEvent });
  await memo.close();
  writeSync(1, `${JSON.stringify({ run, text: await render(FORMATS.json, [result]) })}\n`);
  process.exit(0);
}

/**
 * @param kill milliseconds, from the start or from the first answers; null lets it end.
 * @returns the finished run, or null with what it had come to when it was killed.
 */
function attempt(folder, payoff, kill) {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const process_ = spawn(process.execPath, [fileURLToPath(import.meta.url), "--child", folder, payoff], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let timer = null;
    let firstMs = null;
    const arm = () => {
      timer = setTimeout(() => process_.kill("SIGKILL"), kill.ms);
    };
    if (kill?.from === "start") arm();
    let output = "";
    process_.stdout.setEncoding("utf8").on("data", (chunk) => {
      output += chunk;
      firstMs ??= performance.now() - started;
      if (kill?.from === "answers" && timer === null) arm();
    });
    process_.on("error", reject);
    process_.on("close", (code, signal) => {
      clearTimeout(timer);
      const lines = output.split("\n").slice(0, -1);
      const counts = lines.filter((line) => /^\d+$/.test(line)).map(Number);
      const known = counts.reduce((most, count) => Math.max(most, count), 0);
      if (signal === "SIGKILL") resolve({ finished: null, known });
      else if (code !== 0) reject(new Error(`the explanation failed with exit code ${code}`));
      else resolve({ finished: JSON.parse(lines.at(-1)), known, firstMs, ms: performance.now() - started });
    });
  });
}

const folders = [];
function freshFolder() {
  const folder = mkdtempSync(join(tmpdir(), "mllm-shap-kill-"));
  folders.push(folder);
  return folder;
}

/** Answers of the game's own question that lie on disk. */
async function remembered(folder, payoff) {
  const kind = payoff === "likelihood" ? "score-" : "response-";
  return await countEntries((await memoFiles(folder)).filter(({ path }) => path.includes(`/${kind}`)));
}

/** Every input was either asked for or remembered, once; the answer itself may have been remembered too, which is not counted. */
function addsUp(run, whole) {
  const inputs = whole.model_calls + whole.memo_hits;
  const sum = run.model_calls + run.memo_hits;
  return sum === inputs || sum === inputs - 1;
}

async function main(kills, rng) {
  const whole = {};
  const seen = { kills: 0, runs: 0, different: 0, lost: 0, mostLost: 0, inWork: 0, miscounted: 0 };
  while (seen.kills < kills) {
    const payoff = PAYOFFS[seen.runs % PAYOFFS.length];
    const folder = freshFolder();
    whole[payoff] ??= await attempt(freshFolder(), payoff, null);
    const { finished, firstMs, ms } = whole[payoff];
    const moment = () => {
      const from = rng.float() < 0.5 ? "start" : "answers";
      return { from, ms: rng.float() * (from === "start" ? ms : ms - firstMs) };
    };
    for (let done = null; done === null; ) {
      const { finished: result, known } = await attempt(folder, payoff, seen.kills < kills ? moment() : null);
      done = result;
      if (result !== null) {
        if (result.text !== finished.text) seen.different++;
        if (!addsUp(result.run, finished.run)) seen.miscounted++;
        continue;
      }
      const lost = Math.max(0, known - (await remembered(folder, payoff)));
      seen.kills++;
      seen.inWork += known > 0 ? 1 : 0;
      seen.lost += lost;
      seen.mostLost = Math.max(seen.mostLost, lost);
    }
    seen.runs++;
  }
  return seen;
}

if (process.argv[2] === "--child") await child(process.argv[3], process.argv[4]);
const kills = Number(process.argv[2] ?? 200);
const seen = await main(kills, createRng(process.argv[3] ?? "1")).finally(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
const good = seen.different === 0 && seen.miscounted === 0 && seen.mostLost <= BATCH;
console.log(`${seen.kills} kills (${seen.inWork} of them after the first answers) of ${seen.runs} explanations`);
console.log(`results with other bytes than an uninterrupted run: ${seen.different}`);
console.log(`answers lost to a kill: ${seen.lost} in all, at most ${seen.mostLost} at once (a batch is ${BATCH})`);
console.log(`results whose calls and remembered answers do not add up: ${seen.miscounted}`);
process.exitCode = good ? 0 : 1;
