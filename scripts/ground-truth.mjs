// Does the explanation find the words that decide the answer? Held-out one-turn commands of the embedded model, whose grammar
// says which words those are (removing one alone changes the right answer). A command counts as right when every deciding word
// has a larger Shapley value than every other word: exact, word players, likelihood.
//   npm run build && node scripts/ground-truth.mjs [how many = 100]
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { explain, loadModel, requestOf } from "../dist/index.js";

const folder = fileURLToPath(new URL("..", import.meta.url));
const { oneTurn } = JSON.parse(readFileSync(`${folder}/fixtures/conversations/nano-heldout.json`, "utf8"));
const commands = oneTurn.slice(0, Number(process.argv[2] ?? 100));
let model = null;
let right = 0;
let answered = 0;
const misses = [];

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
  const { players, response } = await explain(request, { model });
  if (players.length !== command.words.length)
    throw new Error(`${command.id}: ${players.length} players for ${command.words.length} words`);
  answered += response.text.trim() === command.answer;
  const values = players.map((player) => player.value);
  const least = Math.min(...values.filter((_, i) => command.decides[i]));
  const most = Math.max(...values.filter((_, i) => !command.decides[i]));
  if (least > most) right += 1;
  else misses.push(`${command.id} ${JSON.stringify(command.text)}: ${players.map((p) => `${p.text} ${p.value.toFixed(3)}`).join(", ")}`);
}

console.log(`answers as the grammar says: ${answered} of ${commands.length}`);
console.log(`every deciding word above every other word: ${right} of ${commands.length}`);
for (const miss of misses) console.log(`miss ${miss}`);
await model?.dispose();
