import { explain, requestOf } from "../../dist/index.js";
import { FOLDER, specOf } from "./data.mjs";

export async function measureWords(model, utterances, how) {
  let first = 0;
  let all = 0;
  let answered = 0;
  const seconds = [];
  const misses = [];
  for (const utterance of utterances) {
    const { id, voice, words, decides, answer } = utterance;
    const spec = specOf(utterance, { audio: "word" }, how);
    const { players, response, run } = await explain(await requestOf(spec, FOLDER), { model });
    if (players.length !== words.length) throw new Error(`${id}: ${players.length} players for ${words.length} words`);
    const values = players.map(({ value }) => value);
    const best = values.indexOf(Math.max(...values));
    const least = Math.min(...values.filter((_, i) => decides[i]));
    const most = Math.max(...values.filter((_, i) => !decides[i]));
    answered += response.text.trim() === answer ? 1 : 0;
    first += decides[best] ? 1 : 0;
    all += least > most ? 1 : 0;
    seconds.push(run.seconds);
    if (least <= most) misses.push(`miss ${id} (${voice}): ${players.map((p) => `${p.text} ${p.value.toFixed(2)}`).join(", ")}`);
  }
  const n = utterances.length;
  console.log(`\nword players, ${how.masking}, exact: ${n} utterances`);
  console.log(`answers as the grammar says: ${answered} of ${n}`);
  console.log(`a deciding word comes first: ${first} of ${n}`);
  console.log(`every deciding word above every other word: ${all} of ${n}`);
  const sorted = seconds.toSorted((a, b) => a - b);
  console.log(`${sorted[n >> 1].toFixed(1)} s an utterance (median), ${sorted[n - 1].toFixed(1)} s at most`);
  for (const miss of misses) console.log(miss);
}
