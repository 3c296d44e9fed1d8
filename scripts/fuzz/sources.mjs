// What cases are made of: the repository's own files, read once.
import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const FIXTURES = fileURLToPath(new URL("../../fixtures/", import.meta.url));

/** @param run runs the command on sound files. */
export async function openSources(run) {
  const remember = new Map();
  const once = (key, make) => {
    if (!remember.has(key)) remember.set(key, make());
    return remember.get(key);
  };
  const sound = await run();
  return {
    audioNames: readdirSync(join(FIXTURES, "audio")).filter(
      (name) => statSync(join(FIXTURES, "audio", name)).isFile() && !name.endsWith(".md"),
    ),
    audio: (name) => once(`audio ${name}`, () => readFileSync(join(FIXTURES, "audio", name))),
    model: (variant) => once(`model ${variant}`, () => filesBelow(join(FIXTURES, "models/nano", variant))),
    memo: () => sound,
    archive: () => sound.archive,
    result: () => JSON.parse(sound.stdout),
  };
}

/** Path below the folder → bytes. */
export function filesBelow(folder) {
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => statSync(join(folder, path)).isFile());
  return Object.fromEntries(paths.sort().map((path) => [path, readFileSync(join(folder, path))]));
}

export function removeFolder(folder) {
  rmSync(folder, { recursive: true, force: true });
}
