// Does the embedded model understand speech, whole and masked, and do explanations of speech find the words that decide? Held-out
// commands in held-out synthetic voices (fixtures/conversations/nano-spoken.json), whose grammar knows both answers.
//   npm run build && node scripts/spoken-truth.mjs [answers] [segments] [words] [--count 50] [--masking silence] [--repo embedded:nano]
// answers   the model's answers to whole commands and to what masking leaves of them, by voice and way of masking; words are cut where
//           the synthesiser said them
// segments  0.25 s of sound a player, likelihood, up to 1,024 coalitions: how much value lies on the stretches of deciding words, of
//           fillers and of silence
// --repo nano-ultravox is the same model in Ultravox's layout, nano-voxtral what was trained on in Voxtral's (paths start in fixtures/)
// words     players are the words that the aligner finds: do the deciding ones come first?
import { parseArgs } from "node:util";
import { loadModel, requestOf } from "../dist/index.js";
import { measureAnswers } from "./spoken/answers.mjs";
import { FOLDER, specOf, UTTERANCES } from "./spoken/data.mjs";
import { measureSegments } from "./spoken/segments.mjs";
import { measureWords } from "./spoken/words.mjs";

const PARTS = { answers: measureAnswers, segments: measureSegments, words: measureWords };
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: "string", default: "50" },
    masking: { type: "string", default: "silence" },
    repo: { type: "string", default: "embedded:nano" },
  },
});
const parts = positionals.length === 0 ? Object.keys(PARTS) : positionals;
const unknown = parts.find((part) => !Object.hasOwn(PARTS, part));
if (unknown !== undefined) throw new Error(`there is no part "${unknown}": valid are ${Object.keys(PARTS).join(", ")}`);

// Every voice has its share of those that are explained.
const count = Number(values.count);
const explained = UTTERANCES.filter(
  (_, i) => Math.floor(((i + 1) * count) / UTTERANCES.length) > Math.floor((i * count) / UTTERANCES.length),
);
const { masking, repo } = values;
const model = await loadModel(await requestOf(specOf(UTTERANCES[0], { audio: "segment" }, { masking, repo }), FOLDER));
for (const part of parts) await PARTS[part](model, part === "answers" ? UTTERANCES : explained, { masking, repo });
await model.dispose();
