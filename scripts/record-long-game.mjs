// Records coalitions of a conversation that is too long for all 2^n: pairs of complements with the payoffs of every step of the answer, so
// that estimators of long conversations can be compared without a model: fixtures/games/long/NAME.json.
//   npm run build && node scripts/record-long-game.mjs [pairs]
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createRng } from "../dist/random.js";
import { METHODS } from "../dist/shapley/registry.js";
import { requestOf } from "../dist/spec/load.js";
import { openRun } from "../dist/tasks/open_run.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = `${root}fixtures/games/long`;
const pairs = Number(process.argv[2] ?? 4_000);
const WORDS = 200;

/** Held-out exchanges, one after the other, until there are enough words; the last question stays open. */
function conversation() {
  const { twoTurn } = JSON.parse(readFileSync(`${root}fixtures/conversations/nano-heldout.json`, "utf8"));
  const messages = [];
  let words = 0;
  for (const { turns, answer } of twoTurn) {
    for (const { role, text } of turns) messages.push({ role, content: text });
    words += turns.reduce((sum, { text }) => sum + text.split(" ").length, 0);
    if (words >= WORDS) return messages;
    messages.push({ role: "assistant", content: answer });
    words += answer.split(" ").length;
  }
  throw new Error(`the held-out conversations have ${words} words only`);
}

const spec = {
  model: { connector: "transformers-text", repo: "embedded:nano", device: "cpu" },
  messages: conversation(),
  explain: { players: "token", payoff: "likelihood" },
};
const run = await openRun(await requestOf(spec, root));
const { game, target } = await run.openGame();
const n = run.players.length;
// Coalitions that `proxy` plays, in random order, so that every part of the record is a sample of its own.
const sampler = METHODS.proxy.create({ confidence: 0.95 }).sample(n, 2 * pairs + 2, createRng("long game"));
const sides = [];
for (let step = sampler.next(); !step.done; step = sampler.next()) sides.push(...step.value.coalitions.filter((_, at) => at % 2 === 0));
const rng = createRng("order of the long game");
const order = sides.map((side) => ({ side, key: rng.float() })).sort((a, b) => a.key - b.key);
const complement = (side) => side.map((inside) => 1 - inside);
const all = [new Uint8Array(n), new Uint8Array(n).fill(1), ...order.flatMap(({ side }) => [side, complement(side)])];
const started = Date.now();
await game.evaluate(all, {});
const outputs = game.outputs();
const slots = outputs.slotsOf(all);
const payoffs = Float32Array.from({ length: all.length * outputs.count }, (_, at) =>
  outputs.payoff(slots[Math.floor(at / outputs.count)], at % outputs.count),
);
const bytes = Math.ceil(n / 8);
const packed = new Uint8Array(order.length * bytes);
for (const [row, { side }] of order.entries()) {
  for (let i = 0; i < n; i++) packed[row * bytes + (i >> 3)] |= side[i] << (i & 7);
}
const recorded = {
  about:
    "∅, N, then pairs: a side, packed by bits (bit i of a side's bytes = player i is in), then its complement; payoffs of each of these for every step of the answer, float32, little-endian; both in base64. The game's payoff is the mean of the steps",
  players: run.players.map(({ text, turn }) => ({ text, turn })),
  answer: target.text,
  steps: outputs.count,
  pairs: order.length,
  sides: Buffer.from(packed).toString("base64"),
  payoffs: Buffer.from(payoffs.buffer).toString("base64"),
};
mkdirSync(folder, { recursive: true });
writeFileSync(`${folder}/nano-216.json`, `${JSON.stringify(recorded)}\n`);
console.log(
  `${n} players, "${target.text}", ${order.length} pairs, ${outputs.count} steps, ${((Date.now() - started) / 1000).toFixed(1)} s`,
);
await run[Symbol.asyncDispose]();
