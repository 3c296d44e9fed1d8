// Records whole conversation games of the embedded models, v(S) of all 2^n coalitions, so that estimators can be compared against exact
// values without a model: one JSON file a game in fixtures/games.
//   npm run build && node scripts/record-games.mjs [name…]
//   … node scripts/record-games.mjs --model FOLDER [--games accuracy] [name…]   SmolLM2-135M-Instruct's (scripts/public), in fixtures/games/smollm2
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { requestOf } from "../dist/index.js";
import { STRICT } from "../dist/spec/load.js";
import { openRun } from "../dist/tasks/open_run.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const { values: flags, positionals: wanted } = parseArgs({
  options: { model: { type: "string" }, games: { type: "string", default: "smollm2" } },
  allowPositionals: true,
});
const folder = `${root}/fixtures/games${flags.model === undefined ? "" : `/${flags.games}`}`;
const games = JSON.parse(readFileSync(`${folder}/specs.json`, "utf8"));
/** Short answers, since most of a real model's time goes into them. */
const real = { model: { connector: "transformers-text", repo: flags.model }, generation: { max_new_tokens: 16 } };

for (const [name, spec] of Object.entries(games)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const given = flags.model === undefined ? spec : { ...spec, ...real };
  const request = await requestOf({ ...given, model: { device: "cpu", ...given.model } }, folder, {
    policy: { ...STRICT, allowOutside: true },
  });
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
  writeFileSync(`${folder}/${name}.json`, `${JSON.stringify(recorded)}\n`);
  console.log(
    `${name}: ${n} players, "${target.text}", ${((Date.now() - started) / 1000).toFixed(1)} s, v(∅) ${payoffs[0]}, v(N) ${payoffs.at(-1)}`,
  );
  await run[Symbol.asyncDispose]();
}
