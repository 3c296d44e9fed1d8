// Sound of every format that is read, with damage.
import { mutateBytes } from "./bytes.mjs";

export function audioCase(rng, { audio, audioNames }) {
  const name = rng.pick(audioNames);
  const file = `sound.${rng.chance(0.9) ? name.split(".").at(-1) : "bin"}`;
  return {
    files: { [file]: mutateBytes(audio(name), rng) },
    args: ["align", file, "--transcript", "turn on the kitchen light"],
    from: name,
  };
}
