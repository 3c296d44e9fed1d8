// Results of somebody else, changed in their structure, compared with the sound one.
import { mutateJson } from "./json.mjs";

/** @param result gives a sound result. */
export function resultCase(rng, { result }) {
  const sound = result();
  const other = Buffer.from(JSON.stringify(mutateJson(sound, rng)));
  const flags = rng.pick([[], ["--format", "text"]]);
  const args = rng.chance(0.7)
    ? ["compare", "a.json", "b.json", ...flags]
    : ["evaluate", "b.json", "--no-cache", "--rankings", "4", ...flags];
  return { files: { "a.json": Buffer.from(JSON.stringify(sound)), "b.json": other }, args };
}
