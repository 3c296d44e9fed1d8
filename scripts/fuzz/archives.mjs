// Archives of somebody else: a line of the JSON changed in its structure, lines lost and doubled, or the packed bytes damaged.
import { gunzipSync, gzipSync } from "node:zlib";
import { mutateBytes } from "./bytes.mjs";
import { mutateJson } from "./json.mjs";

/** @param archive a sound one, packed. */
export function archiveCase(rng, { archive }) {
  const sound = archive();
  const packed = rng.chance(0.15) ? mutateBytes(sound, rng) : gzipSync(`${changed(linesOf(sound), rng).join("\n")}\n`);
  const args = rng.pick([
    ["rescore", "run.mshap", "--no-run"],
    ["rescore", "run.mshap", "--sampler", "permutation", "--budget", "20", "--format", "text"],
    ["rescore", "run.mshap", "--export", "game.json", "--interactions"],
    ["show", "run.mshap", "--format", "text"],
  ]);
  return { files: { "run.mshap": packed }, args };
}

const linesOf = (packed) => gunzipSync(packed).toString().trimEnd().split("\n");

function changed(lines, rng) {
  // The first three hold what is least alike.
  const at = rng.int(rng.chance(0.7) ? 3 : lines.length);
  const line = lines[at];
  if (rng.chance(0.15)) return rng.chance(0.5) ? lines.toSpliced(at, 1) : lines.toSpliced(at, 0, line);
  if (rng.chance(0.1)) return lines.with(at, mutateBytes(Buffer.from(line), rng).toString("latin1"));
  return lines.with(at, JSON.stringify(mutateJson(JSON.parse(line), rng)));
}
