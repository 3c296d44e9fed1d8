import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { Session } from "node:inspector/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { InferenceSession } from "onnxruntime-node";
import { explain, inspect, openModel, requestOf } from "../dist/index.js";
import { RANDOM_28M, writeModelFolder } from "../dist-bench/bench/model.js";

/*
 * Whole explanations, as the command line makes them: how long one takes beside what `inspect` predicts, and how much of it is
 * spent outside of the runtime's calls; of that, what a processor profile of another run lays on JavaScript functions.
 *   npm run bench:explanations -- [--threads N]
 */

const NANO = resolve("fixtures/models/nano/text");
const BENCH = resolve(tmpdir(), "mllm-shap-bench", "28m-chat");
const given = process.argv.indexOf("--threads");
const threads = given < 0 ? 0 : Number(process.argv[given + 1]);
const words = "hello please could you turn on the kitchen light right now thanks".split(" ");

console.log("| explanation | payoff | seconds | predicted ÷ taken | outside of the runtime | JavaScript |\n|---|---|---|---|---|---|");
for (const [name, repo, players] of [
  ["nano, exact, 12 words", NANO, 12],
  ["28 M random weights, exact, 9 words", randomChatModel(BENCH), 9],
]) {
  for (const payoff of ["likelihood", "tfidf"]) {
    const { seconds, inside, predicted, javascript } = await measure(repo, words.slice(0, players).join(" "), payoff);
    const [outside, ours] = [1 - inside / seconds, javascript].map((share) => `${Math.round(100 * share)} %`);
    const cells = [name, payoff, seconds.toFixed(2), (predicted / seconds).toFixed(2), outside, ours];
    console.log(`| ${cells.join(" | ")} |`);
  }
}

async function measure(repo, content, payoff) {
  const request = await requestOf(
    {
      model: { connector: "transformers-text", repo },
      messages: [{ role: "user", content }],
      generation: { max_new_tokens: 24 },
      explain: { players: "word", payoff, sampler: "exact" },
      run: { threads, cache: false },
    },
    "/",
  );
  const model = await openModel("transformers-text", { config: { repoId: repo }, device: "cpu", threads });
  // What comes first in a process is slow; neither the prediction nor the run is to be that.
  await inspect(request, { model });
  const predicted = (await inspect(request, { model })).cost.seconds;
  const spent = await timed(() => explain(request, { model }));
  const javascript = await profiled(() => explain(request, { model }));
  await model.dispose();
  return { ...spent, predicted, javascript };
}

/** Wall time, and the part of it that native calls took. */
async function timed(work) {
  const { run } = InferenceSession.prototype;
  let inside = 0;
  InferenceSession.prototype.run = async function (...args) {
    const started = performance.now();
    try {
      return await run.apply(this, args);
    } finally {
      inside += performance.now() - started;
    }
  };
  const started = performance.now();
  await work();
  const seconds = (performance.now() - started) / 1000;
  InferenceSession.prototype.run = run;
  return { seconds, inside: inside / 1000 };
}

/** Share of the samples that fall on functions of a file; the rest is native code, the collector and waiting. */
async function profiled(work) {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.start");
  await work();
  const { profile } = await session.post("Profiler.stop");
  session.disconnect();
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]));
  const shares = new Map();
  let [ours, all] = [0, 0];
  profile.samples.forEach((sample, i) => {
    const { url, functionName, lineNumber } = frames.get(sample);
    all += profile.timeDeltas[i];
    // The one function there that matters makes the native call.
    if (url === "" || url.includes("onnxruntime-node/dist/backend.js")) return;
    ours += profile.timeDeltas[i];
    const name = `${functionName || "(anonymous)"} ${url.split("/").slice(-2).join("/")}:${lineNumber + 1}`;
    shares.set(name, (shares.get(name) ?? 0) + profile.timeDeltas[i]);
  });
  const most = [...shares].sort(([, a], [, b]) => b - a).slice(0, 8);
  for (const [name, time] of most) console.error(`${((100 * time) / all).toFixed(1).padStart(6)} %  ${name}`);
  return ours / all;
}

/** The model with random weights, made to chat by nano's tokeniser and template: all ids that these lack are words of their own. */
function randomChatModel(folder) {
  if (existsSync(join(folder, "tokenizer.json"))) return folder;
  writeModelFolder(folder, RANDOM_28M);
  for (const name of readdirSync(NANO)) if (name !== "onnx" && name !== "config.json") cpSync(join(NANO, name), join(folder, name));
  const tokenizer = JSON.parse(readFileSync(join(NANO, "tokenizer.json"), "utf8"));
  const known = Math.max(...Object.values(tokenizer.model.vocab), ...tokenizer.added_tokens.map(({ id }) => id)) + 1;
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: false };
  for (let id = known; id < RANDOM_28M.vocabulary; id++) tokenizer.added_tokens.push({ id, content: `<w${id}>`, ...flags });
  writeFileSync(join(folder, "tokenizer.json"), JSON.stringify(tokenizer));
  return folder;
}
