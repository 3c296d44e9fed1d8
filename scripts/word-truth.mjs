// Does the explanation find what made *this* word of the answer? Held-out one-turn commands of the embedded model, whose grammar copies
// its slots (state, room, device, value) from the command into the answer: the word that decides an answer's word is the same word of
// the command. A command counts as right when for each such word of the answer the command's own has the largest Shapley value of all
// words: exact, word players, likelihood.
//   npm run build && node scripts/word-truth.mjs [how many = 100]
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { explain, loadModel, requestOf } from "../dist/index.js";
import { missesOf } from "./ground-truth/words.mjs";

const folder = fileURLToPath(new URL("..", import.meta.url));
const { oneTurn } = JSON.parse(readFileSync(`${folder}/fixtures/conversations/nano-heldout.json`, "utf8"));
const commands = oneTurn.slice(0, Number(process.argv[2] ?? 100));
let model = null;
let right = 0;
let words = 0;
let found = 0;

for (const command of commands) {
  const request = await requestOf(
    {
      model: { connector: "transformers-text", repo: "embedded:nano", device: "cpu" },
      messages: [{ role: "user", content: command.text }],
      explain: { sampler: "exact", players: "word", payoff: "likelihood" },
    },
    folder,
  );
  model ??= await loadModel(request);
  const { checked, misses } = missesOf(command, await explain(request, { model }));
  words += checked;
  found += checked - misses.length;
  if (misses.length === 0) right += 1;
  else console.log(`miss ${command.id} ${JSON.stringify(command.text)}: ${misses.join("; ")}`);
}

console.log(`words of the answer whose own word of the command comes first: ${found} of ${words}`);
console.log(`commands of which all do: ${right} of ${commands.length}`);
await model?.dispose();
