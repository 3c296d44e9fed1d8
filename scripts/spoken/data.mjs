import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Paths of audio start here. */
export const FOLDER = fileURLToPath(new URL("../../fixtures", import.meta.url));
const { utterances } = JSON.parse(readFileSync(`${FOLDER}/conversations/nano-spoken.json`, "utf8"));
export const UTTERANCES = utterances.map((utterance) => ({ ...utterance, audio: join("conversations", utterance.audio) }));

/** One utterance explained, its words told to an aligner where players are words. */
export function specOf({ audio, words }, players, { masking, repo }) {
  const transcript = players.audio === "word" ? { transcript: words.map(({ text }) => text) } : {};
  return {
    model: { repo, device: "cpu" },
    messages: [{ role: "user", content: [{ type: "audio", path: audio, ...transcript }] }],
    explain: { players, audio_masking: masking },
    run: { threads: 1 },
  };
}

export const percent = (part, whole) => (whole === 0 ? "–" : `${((100 * part) / whole).toFixed(1)} %`);

/** Rows of texts, columns aligned. */
export function printTable(title, rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  console.log(`\n${title}`);
  for (const row of rows) console.log(row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join("  "));
}
