// Records coalitions of a conversation that is too long for all 2^n: pairs of complements with their payoffs, so that estimators of long
// conversations can be compared without a model: fixtures/games/long/NAME.json.
//   npm run build && node scripts/record-long-game.mjs [--pairs N]
//   … node scripts/record-long-game.mjs --model FOLDER [--pairs N]   SmolLM2-135M-Instruct's (scripts/public): an hour on two cores
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createRng } from "../dist/random.js";
import { METHODS } from "../dist/shapley/registry.js";
import { requestOf, STRICT } from "../dist/spec/load.js";
import { openRun } from "../dist/tasks/open_run.js";
import { conversation } from "./long_conversation.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = `${root}fixtures/games/long`;
const { values: flags } = parseArgs({ options: { model: { type: "string" }, pairs: { type: "string", default: "4000" } } });
const pairs = Number(flags.pairs);
/** Pairs between two lines of progress. */
const CHUNK = 100;

const nano = () => ({
  name: "nano",
  spec: { model: { connector: "transformers-text", repo: "embedded:nano", device: "cpu" }, messages: conversation(root) },
});
const smollm2 = (repo) => ({
  name: "smollm2",
  spec: {
    ...JSON.parse(readFileSync(`${folder}/specs.json`, "utf8")).smollm2,
    model: { connector: "transformers-text", repo, device: "cpu" },
    // A short answer, since most of a real model's time goes into it.
    generation: { max_new_tokens: 16 },
  },
});

const { name, spec } = flags.model === undefined ? nano() : smollm2(flags.model);
const request = await requestOf({ ...spec, explain: { players: "token", payoff: "likelihood" } }, root, {
  policy: { ...STRICT, allowOutside: true },
});
const run = await openRun(request);
const { game, target } = await run.openGame();
const n = run.players.length;
console.log(`${n} players, "${target.text}"`);
// Independent pairs in random order, so that every part of the record is a sample of its own.
const sampler = METHODS.kernel.create({ confidence: 0.95 }).sample(n, 2 * pairs + 2, createRng("long game"));
const sides = [];
for (let step = sampler.next(); !step.done; step = sampler.next()) sides.push(...step.value.coalitions.filter((_, at) => at % 2 === 0));
const rng = createRng("order of the long game");
const order = sides.map((side) => ({ side, key: rng.float() })).sort((a, b) => a.key - b.key);
const complement = (side) => side.map((inside) => 1 - inside);
const all = [new Uint8Array(n), new Uint8Array(n).fill(1), ...order.flatMap(({ side }) => [side, complement(side)])];
const started = Date.now();
const seconds = () => ((Date.now() - started) / 1000).toFixed(0);
for (let from = 0; from < all.length; from += 2 * CHUNK) {
  await game.evaluate(all.slice(from, from + 2 * CHUNK), {});
  console.log(`${Math.min(from + 2 * CHUNK, all.length)} of ${all.length} coalitions, ${seconds()} s`);
}
const payoffs = Float32Array.from(await game.evaluate(all, {}));
const bytes = Math.ceil(n / 8);
const packed = new Uint8Array(order.length * bytes);
for (const [row, { side }] of order.entries()) {
  for (let i = 0; i < n; i++) packed[row * bytes + (i >> 3)] |= side[i] << (i & 7);
}
const recorded = {
  about:
    "∅, N, then pairs: a side, packed by bits (bit i of a side's bytes = player i is in), then its complement; the payoff of each of these, float32, little-endian; both in base64",
  players: run.players.map(({ text, turn }) => ({ text, turn })),
  answer: target.text,
  pairs: order.length,
  sides: Buffer.from(packed).toString("base64"),
  payoffs: Buffer.from(payoffs.buffer).toString("base64"),
};
mkdirSync(folder, { recursive: true });
writeFileSync(`${folder}/${name}-${n}.json`, `${JSON.stringify(recorded)}\n`);
console.log(`${order.length} pairs, ${seconds()} s`);
await run[Symbol.asyncDispose]();
