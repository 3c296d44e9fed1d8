// How near hierarchical values of a long conversation come to those of a long run: the embedded model, token players, the budget of
// 2,000 coalitions against 30,000; Spearman's rank correlation and the relative error.
// With the weights before the last training stage: 216 tokens, 2,000 against 8,000 coalitions: Spearman 0.35 (most tokens count for nothing, in either run by chance more or less), 7 of
// the 10 heaviest tokens in common. Refining from the top (explain.top) is the better use of such a budget.
//   npm run build && node scripts/owen-accuracy.mjs [players = 200] [budget = 2000] [long = 30000]
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { kendall } from "../bench/statistics.mjs";
import { createRng, play, requestOf } from "../dist/index.js";
import { openRun } from "../dist/tasks/open_run.js";
import { planOf } from "../dist/tasks/play_plan.js";

const [wanted = 200, budget = 2000, long = 30_000] = process.argv.slice(2).map(Number);
const root = fileURLToPath(new URL("..", import.meta.url));
const { twoTurn } = JSON.parse(readFileSync(`${root}/fixtures/conversations/nano-heldout.json`, "utf8"));

/** Held-out exchanges, one after the other, until there are enough words; the last question stays open. */
function messagesOf(words) {
  const messages = [];
  let count = 0;
  for (const { turns, answer: reply } of twoTurn) {
    for (const { role, text } of turns) {
      messages.push({ role, content: text });
      count += text.split(" ").length;
    }
    if (count >= words) return messages;
    messages.push({ role: "assistant", content: reply });
    count += reply.split(" ").length;
  }
  throw new Error(`the held-out conversations have ${count} words only`);
}

const spec = {
  model: { connector: "transformers-text", repo: "embedded:nano", device: "cpu" },
  messages: messagesOf(wanted),
  explain: { players: "token", sampler: "owen", budget },
};
const request = await requestOf(spec, root);
const opened = await openRun(request);
const { game, target } = await opened.openGame();
const plan = planOf(opened);
const n = opened.players.length;

const run = async (coalitions, seed) => {
  const started = Date.now();
  const { estimate, spent } = await play(game, plan.method, { budget: coalitions, rng: createRng(seed) });
  console.log(`${spent.distinct} coalitions in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  return estimate.values;
};
console.log(`${n} players, answer "${target.text}"`);
const [short, truth] = [await run(budget, "short"), await run(long, "long")];
const norm = (values) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
const ranks = (values) => {
  const order = Array.from(values.keys()).sort((a, b) => values[a] - values[b]);
  return order.reduce((rank, player, at) => rank.with(player, at), new Float64Array(values.length));
};
const [a, b] = [ranks(short), ranks(truth)];
const spearman = 1 - (6 * a.reduce((sum, rank, i) => sum + (rank - b[i]) ** 2, 0)) / (n * (n * n - 1));
console.log(
  `Spearman ${spearman.toFixed(3)}, Kendall ${kendall(short, truth).toFixed(3)}, relative error ${(norm(short.map((v, i) => v - truth[i])) / norm(truth)).toFixed(3)}`,
);
const top = Array.from(truth.keys())
  .sort((i, j) => Math.abs(truth[j]) - Math.abs(truth[i]))
  .slice(0, 10);
console.log(
  `of the 10 heaviest tokens ${
    top.filter((i) =>
      Array.from(short.keys())
        .sort((p, q) => Math.abs(short[q]) - Math.abs(short[p]))
        .slice(0, 10)
        .includes(i),
    ).length
  } are among the 10 heaviest of the short run`,
);
await opened[Symbol.asyncDispose]();
