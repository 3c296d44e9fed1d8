import { readFileSync } from "node:fs";
import { join } from "node:path";
import { buildPlayers } from "../../dist/index.js";
import { FOLDER, percent, printTable } from "./data.mjs";

// Words are cut from the waveform, where drop and drop-original are one.
const MASKINGS = ["silence", "drop", "embedding"];
const KINDS = ["one-removed", "few-left"];
const BATCH = 32;

/** Says where the words are as the synthesiser does. */
function truthful(words, sampleRate) {
  return {
    align: async () =>
      words.map(({ text: token, start, end }) => ({
        token,
        startTime: start,
        endTime: end,
        confidence: 1,
        audio: null,
        audioFormat: null,
        sampleRate,
        startSample: Math.round(start * sampleRate),
        endSample: Math.round(end * sampleRate),
        duration: end - start,
        boundaryRefined: false,
      })),
    attachAudioToSegments: async (segments) => segments,
  };
}

/** A chat of the utterance whose players are its words. */
async function chatOf(model, { audio, words }, audioMasking) {
  const bytes = readFileSync(join(FOLDER, audio));
  const clip = { kind: "audio", bytes, format: "wav", transcript: words.map(({ text }) => text) };
  const chat = await model.buildChat([{ role: "user", content: [clip] }], { audioMasking, aligner: truthful(words, 16_000) });
  chat.externalGroupIds = buildPlayers(chat, { text: "word", audio: "word", segmentSeconds: 1 }).groupIds;
  return chat;
}

/** Asks for all chats; @returns the texts. */
async function answersTo(model, chats) {
  const texts = [];
  for (let from = 0; from < chats.length; from += BATCH) {
    const responses = await model.generateBatch(chats.slice(from, from + BATCH), { maxNewTokens: 24 });
    texts.push(...responses.map(({ text }) => text.trim()));
  }
  return texts;
}

/** Right and all answers, by voice and by column. */
function createTally() {
  const counts = new Map();
  return {
    count(voice, column, right) {
      for (const name of [voice, voice.startsWith("flite") ? "all of flite" : "all of espeak", "all"]) {
        const key = `${name}\t${column}`;
        const cell = counts.get(key) ?? { right: 0, all: 0 };
        counts.set(key, { right: cell.right + (right ? 1 : 0), all: cell.all + 1 });
      }
    },
    of: (voice, column) => counts.get(`${voice}\t${column}`) ?? { right: 0, all: 0 },
  };
}

/** The right answer is the grammar's to the words that are left. */
export async function measureAnswers(model, utterances) {
  const tally = createTally();
  for (const utterance of utterances) {
    const { voice, words, masked } = utterance;
    const [whole] = await answersTo(model, [await chatOf(model, utterance, "silence")]);
    tally.count(voice, "whole", whole === utterance.answer);
    for (const masking of MASKINGS) {
      const chat = await chatOf(model, utterance, masking);
      const chats = masked.map(({ keep }) => chat.withPlayers(Uint8Array.from(words, (_, i) => (keep.includes(i) ? 1 : 0))));
      const texts = await answersTo(model, chats);
      for (const [i, { kind, answer }] of masked.entries()) tally.count(voice, `${kind} ${masking}`, texts[i] === answer);
    }
  }
  const voices = [...new Set(utterances.map(({ voice }) => voice)), "all of espeak", "all of flite", "all"];
  const cell = ({ right, all }) => `${percent(right, all)} of ${all}`;
  for (const kind of KINDS) {
    const columns = ["whole", ...MASKINGS.map((masking) => `${kind} ${masking}`)];
    const rows = voices.map((voice) => [voice, ...columns.map((column) => cell(tally.of(voice, column)))]);
    printTable(`right answers: whole commands; ${kind.replace("-", " ")}, by masking`, [["voice", "whole", ...MASKINGS], ...rows]);
  }
}
