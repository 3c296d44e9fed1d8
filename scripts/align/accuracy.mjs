// How far are word edges from the truth? Median, 90th percentile and share beyond 100 ms of the absolute error of starts and ends, for each rule:
// "pauses" (the default), "spectrogram" (the original's search around every character), "none" (the model's frames alone).
//   npm run build && python3 scripts/align/dump.py synthetic … OUT && node scripts/align/accuracy.mjs OUT [acoustic model = embedded:nano-ctc]
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SpectrogramGuidedAligner } from "../../dist/alignment/aligner.js";

const [, , folder, modelName = "embedded:nano-ctc"] = process.argv;
if (folder === undefined) throw new Error("which folder? see the head of this file");
const clips = JSON.parse(readFileSync(join(folder, "truth.json"), "utf8"));

/** Errors in seconds of every group's start and end, by voice. */
async function measure(boundaryRule) {
  const aligner = new SpectrogramGuidedAligner({ modelName, boundaryRule, threads: 1 });
  const errors = new Map();
  let failed = 0;
  for (const { wav, voice, text, groups } of clips) {
    const words = text.split(/\s+/);
    let segments;
    try {
      segments = await aligner.align(readFileSync(join(folder, wav)), words);
    } catch {
      failed++;
      continue;
    }
    if (segments.length !== words.length) {
      failed++;
      continue;
    }
    let at = 0;
    for (const [start, end, said] of groups) {
      const count = said.split(/\s+/).length;
      for (const key of [voice, "all"]) {
        if (!errors.has(key)) errors.set(key, { starts: [], ends: [] });
        errors.get(key).starts.push(Math.abs(segments[at].startTime - start));
        errors.get(key).ends.push(Math.abs(segments[at + count - 1].endTime - end));
      }
      at += count;
    }
  }
  await aligner.dispose();
  return { errors, failed };
}

function figures(list) {
  const sorted = list.toSorted((a, b) => a - b);
  const ms = (q) => Math.round(1000 * sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]);
  const far = (100 * list.filter((e) => e > 0.1).length) / list.length;
  return `${String(ms(0.5)).padStart(3)} / ${String(ms(0.9)).padStart(3)} ms / ${far.toFixed(1).padStart(4)} %`;
}

console.log(`${"voice".padEnd(20)} ${"rule".padEnd(12)}     n  starts: median / 90 % / over 100 ms   ends`);
for (const rule of ["pauses", "spectrogram", "none"]) {
  const { errors, failed } = await measure(rule);
  for (const [voice, { starts, ends }] of [...errors].sort(([a], [b]) => a.localeCompare(b))) {
    console.log(
      `${voice.padEnd(20)} ${rule.padEnd(12)} ${String(starts.length).padStart(5)}  ${figures(starts)}              ${figures(ends)}`,
    );
  }
  if (failed > 0) console.log(`${rule}: ${failed} clips could not be aligned`);
}
