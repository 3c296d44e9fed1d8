import { explain, requestOf } from "../../dist/index.js";
import { FOLDER, percent, printTable, specOf } from "./data.mjs";

const CLASSES = ["deciding words", "fillers", "silence"];

/** Seconds that [a, b) and [c, d) share. */
const overlap = (a, b, c, d) => Math.max(0, Math.min(b, d) - Math.max(a, c));

/** A player's seconds of each class; what no word covers is silence. */
function secondsOf({ start_s: start, end_s: end }, { words, decides }) {
  const seconds = [0, 0, 0];
  words.forEach((word, i) => {
    seconds[decides[i] ? 0 : 1] += overlap(start, end, word.start, word.end);
  });
  seconds[2] = Math.max(0, end - start - seconds[0] - seconds[1]);
  return seconds;
}

/** Value and seconds of each class; a player's value is spread evenly over its seconds. */
function sharesOf(players, utterance) {
  const shares = CLASSES.map(() => ({ value: 0, positive: 0, seconds: 0 }));
  for (const player of players) {
    const length = player.end_s - player.start_s;
    if (length <= 0) continue;
    secondsOf(player, utterance).forEach((seconds, i) => {
      shares[i].seconds += seconds;
      shares[i].value += (player.value * seconds) / length;
      shares[i].positive += (Math.max(0, player.value) * seconds) / length;
    });
  }
  return shares;
}

const density = ({ value, seconds }) => (seconds === 0 ? 0 : value / seconds);

export async function measureSegments(model, utterances, how) {
  const total = CLASSES.map(() => ({ value: 0, positive: 0, seconds: 0 }));
  const wins = { sum: 0, density: 0, value: 0 };
  const started = performance.now();
  let players = 0;
  for (const utterance of utterances) {
    const spec = specOf(utterance, { audio: "segment", segment_seconds: 0.25 }, how);
    const result = await explain(await requestOf(spec, FOLDER), { model });
    const shares = sharesOf(result.players, utterance);
    const [deciding, fillers, silence] = shares;
    players += result.players.length;
    if (deciding.positive > fillers.positive + silence.positive) wins.sum += 1;
    if (deciding.value > fillers.value + silence.value) wins.value += 1;
    if (density(deciding) > Math.max(density(fillers), density(silence))) wins.density += 1;
    shares.forEach((share, i) => {
      for (const key of Object.keys(share)) total[i][key] += share[key];
    });
  }
  const positive = total.reduce((sum, share) => sum + share.positive, 0);
  const seconds = total.reduce((sum, share) => sum + share.seconds, 0);
  const n = utterances.length;
  printTable(`segments of 0.25 s, ${how.masking}: ${n} utterances, ${(players / n).toFixed(1)} players each`, [
    ["stretches of", "share of sound", "share of positive value", "value per second"],
    ...total.map((share, i) => [CLASSES[i], percent(share.seconds, seconds), percent(share.positive, positive), density(share).toFixed(3)]),
  ]);
  console.log(`deciding words outweigh fillers and silence together: ${wins.value} of ${n} (positive values only: ${wins.sum} of ${n})`);
  console.log(`value per second highest on deciding words: ${wins.density} of ${n}`);
  console.log(`${((performance.now() - started) / 1000 / n).toFixed(1)} s an utterance`);
}
