// 500 explanations in one process, of text and of sound in turn: what the process holds must not grow.
//
//   npm run soak -- [--runs 500] [--limit-kib 20]      needs a build; prints the slope of the resident memory, exit code 1 above the limit
//
// The first fifth warms up (pools, compiled code). The slope is that of a line by least squares through what is resident after each later run,
// after the collector has run; the limit is in KiB a run.
import { parseArgs } from "node:util";
import { explain, requestOf } from "../../dist/index.js";

const { values } = parseArgs({ options: { runs: { type: "string", default: "500" }, "limit-kib": { type: "string", default: "20" } } });
const runs = Number(values.runs);
const limit = Number(values["limit-kib"]);

const AUDIO = new URL("../../fixtures/audio/", import.meta.url).pathname;
const run = { threads: 1, cache: false };
const text = {
  model: { connector: "transformers-text", repo: "embedded:nano", device: "cpu" },
  messages: [{ role: "user", content: "turn on the kitchen light" }],
  explain: { players: "word", sampler: "exact" },
  run,
};
const audio = {
  model: { connector: "liquid-audio", repo: "embedded:nano", device: "cpu" },
  messages: [{ role: "user", content: [{ type: "audio", path: "speech.wav" }] }],
  generation: { max_new_tokens: 8 },
  explain: { players: { audio: "segment", segment_seconds: 0.5 }, sampler: "permutation", budget: 16 },
  run,
};

const seen = [];
const heap = [];
let first = null;
const began = Date.now();
for (let i = 0; i < runs; i++) {
  const { players } = await explain(await requestOf(i % 2 === 0 ? text : audio, AUDIO));
  const told = JSON.stringify(players.map(({ value }) => value));
  first = i < 2 ? [...(first ?? []), told] : first;
  if (told !== first[i % 2]) throw new Error(`run ${i} gives other values than run ${i % 2}`);
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  seen.push(rss / 1024);
  heap.push(heapUsed / 1024);
}
const late = seen.slice(Math.floor(runs / 5));
const slope = slopeOf(late);
const mebi = (kibi) => (kibi / 1024).toFixed(1);
console.log(
  `${runs} explanations, each with a model loaded and closed, in ${Math.round((Date.now() - began) / 1000)} s; the same values every time`,
);
console.log(
  `resident: ${mebi(late[0])} MiB after ${runs - late.length} runs, ${mebi(late.at(-1))} MiB after all, at most ${mebi(late.reduce((a, b) => Math.max(a, b)))} MiB`,
);
console.log(
  `slope: ${slope.toFixed(2)} KiB a run (limit ${limit}); of JavaScript's heap alone ${slopeOf(heap.slice(-late.length)).toFixed(2)}`,
);
process.exit(slope > limit ? 1 : 0);

function slopeOf(values) {
  const n = values.length;
  const mean = (list) => list.reduce((sum, value) => sum + value, 0) / n;
  const [x, y] = [(n - 1) / 2, mean(values)];
  const shared = values.reduce((sum, value, i) => sum + (i - x) * (value - y), 0);
  return shared / values.reduce((sum, _, i) => sum + (i - x) ** 2, 0);
}
