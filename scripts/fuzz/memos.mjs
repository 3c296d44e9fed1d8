// What is remembered on disk, damaged: whatever lies there, a run gives the bytes of a run without.
import { mutateBytes } from "./bytes.mjs";

const SPEC = JSON.stringify({
  model: { connector: "transformers-text", repo: "embedded:nano", device: "cpu" },
  messages: [{ role: "user", content: "turn on the light" }],
  explain: { players: "word" },
});

/** @param memo gives the files that a sound run left, path → bytes, and what it printed. */
export function memoCase(rng, { memo }) {
  const { files, stdout } = memo(SPEC);
  const paths = Object.keys(files);
  const changed = Object.fromEntries(paths.map((path) => [path, rng.chance(0.7) ? mutateBytes(files[path], rng) : files[path]]));
  return {
    files: {
      "spec.yaml": Buffer.from(SPEC),
      ...Object.fromEntries(Object.entries(changed).map(([path, bytes]) => [`cache/${path}`, bytes])),
    },
    args: ["explain", "spec.yaml", "--no-run"],
    stdout,
  };
}
