// Records whole conversation games of the embedded models, v(S) of all 2^n coalitions, so that estimators can be compared against exact
// values without a model: one JSON file a game in fixtures/games.
//   npm run build && node scripts/record-games.mjs [name…]
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { requestOf } from "../dist/index.js";
import { openRun } from "../dist/tasks/open_run.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const games = JSON.parse(readFileSync(`${root}/fixtures/games/specs.json`, "utf8"));
const wanted = process.argv.slice(2);

for (const [name, spec] of Object.entries(games)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const request = await requestOf({ ...spec, model: { device: "cpu", ...spec.model } }, `${root}/fixtures/games`);
  const run = await openRun(request);
  const { players } = run;
  const { game, target } = await run.openGame();
  const n = players.length;
  const started = Date.now();
  const coalitions = Array.from({ length: 2 ** n }, (_, bits) => Uint8Array.from({ length: n }, (_, i) => (bits >> i) & 1));
  const payoffs = Float32Array.from(await game.evaluate(coalitions, {}));
  const recorded = {
    about: "payoff of every coalition; bit i of a position = player i is in; float32, little-endian, base64",
    players: players.map(({ text, kind, turn }) => ({ text, kind, turn })),
    answer: target.text,
    payoffs: Buffer.from(payoffs.buffer).toString("base64"),
  };
  writeFileSync(`${root}/fixtures/games/${name}.json`, `${JSON.stringify(recorded)}\n`);
  console.log(
    `${name}: ${n} players, "${target.text}", ${((Date.now() - started) / 1000).toFixed(1)} s, v(∅) ${payoffs[0]}, v(N) ${payoffs.at(-1)}`,
  );
  await run[Symbol.asyncDispose]();
}
