// Records coalitions of Owen's formula for the long conversation of nano, whose tokens stand in turns: fixtures/games/long/nano-216-owen.json.
//   npm run build && node scripts/record-owen-game.mjs [--pairs N] [--walks N] [--kept N] [--out FILE]   a quarter of an hour
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { checkedTree, drawContiguousOrder } from "../dist/game/tree.js";
import { createRng } from "../dist/random.js";
import { requestOf, STRICT } from "../dist/spec/load.js";
import { openRun } from "../dist/tasks/open_run.js";
import { conversation } from "./long_conversation.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const { values: flags } = parseArgs({
  options: {
    pairs: { type: "string", default: "2500" },
    walks: { type: "string", default: "150" },
    kept: { type: "string", default: "30" },
    out: { type: "string", default: `${root}fixtures/games/long/nano-216-owen.json` },
  },
});
const [pairs, walks, kept] = [Number(flags.pairs), Number(flags.walks), Number(flags.kept)];
const spec = {
  model: { connector: "transformers-text", repo: "embedded:nano", device: "cpu" },
  messages: conversation(root),
  explain: { players: "token", payoff: "likelihood" },
};
const run = await openRun(await requestOf(spec, root, { policy: { ...STRICT, allowOutside: true } }));
const { game, target } = await run.openGame();
const n = run.players.length;
const tree = checkedTree(run.tree(), n);
const complement = (side) => side.map((inside) => 1 - inside);

/** A prefix of an order of its own. */
function drawSide(rng) {
  const order = drawContiguousOrder(tree, rng);
  const side = new Uint8Array(n);
  for (const player of order.subarray(0, 1 + Math.floor(rng.float() * (n - 1)))) side[player] = 1;
  return side;
}

/** Odd payoffs ½ (v(S) − v(N∖S)) of the prefixes of an order, ∅ and N among them. */
async function walk(order) {
  const side = new Uint8Array(n);
  const sides = Array.from(order.subarray(0, -1), (player) => {
    side[player] = 1;
    return side.slice();
  });
  const payoffs = await game.evaluate([...sides, ...sides.map(complement)], {});
  const half = (full - empty) / 2;
  return [-half, ...sides.map((_, at) => (Math.fround(payoffs[at]) - Math.fround(payoffs[at + n - 1])) / 2), half];
}

const base64 = (numbers) => Buffer.from(Float32Array.from(numbers).buffer).toString("base64");
const [empty, full] = await game.evaluate([new Uint8Array(n), new Uint8Array(n).fill(1)], {});
const sides = Array.from({ length: pairs }, (_, at) => drawSide(createRng(`pB ${at}`)));
const odd = [];
for (const side of sides) {
  const [inside, outside] = await game.evaluate([side, complement(side)], {});
  odd.push((Math.fround(inside) - Math.fround(outside)) / 2);
}
const bytes = Math.ceil(n / 8);
const packed = new Uint8Array(pairs * bytes);
for (const [row, side] of sides.entries()) for (let i = 0; i < n; i++) packed[row * bytes + (i >> 3)] |= side[i] << (i & 7);

const orders = [];
const walked = [];
// Of the walks that are not kept: sums of each player's marginals and of their squares, of the first and the second half.
const halves = [0, 1].map(() => ({ walks: 0, sums: new Float64Array(n), squares: new Float64Array(n) }));
for (let at = 0; at < walks; at++) {
  const order = drawContiguousOrder(tree, createRng(`w ${at}`));
  const payoffs = await walk(order);
  if (at < kept) {
    orders.push(...order);
    walked.push(...payoffs);
    continue;
  }
  const half = halves[at - kept < (walks - kept) / 2 ? 0 : 1];
  half.walks += 1;
  for (const [step, player] of order.entries()) {
    const marginal = payoffs[step + 1] - payoffs[step];
    half.sums[player] += marginal;
    half.squares[player] += marginal ** 2;
  }
  console.log(`${at + 1} of ${walks} walks`);
}
const recorded = {
  about:
    "odd payoffs ½ (v(S) − v(N∖S)), float32, little-endian, base64. pairs: prefixes of contiguous orders, packed by bits. walks: orders, int16, and what each comes by, ∅ and N among it. " +
    "reference: of other walks, in two halves, sums of every player's marginals and of their squares",
  players: run.players.map(({ text, turn }) => ({ text, turn })),
  answer: target.text,
  tree,
  empty,
  full,
  pairs: { count: pairs, sides: Buffer.from(packed).toString("base64"), odd: base64(odd) },
  walks: { count: kept, orders: Buffer.from(Int16Array.from(orders).buffer).toString("base64"), odd: base64(walked) },
  reference: halves.map((half) => ({ walks: half.walks, sums: base64(half.sums), squares: base64(half.squares) })),
};
writeFileSync(flags.out, `${JSON.stringify(recorded)}\n`);
await run[Symbol.asyncDispose]();
